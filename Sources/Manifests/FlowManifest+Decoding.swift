import ToolContracts
import JSONCodec

extension FlowManifest {
  /// - Parameter file: passed the schema of its kind.
  init(_ file: ManifestFile) throws(ManifestError) {
    let root = ManifestCursor(file)
    self.file = file.path
    let name = try root.required("name")
    self.name = try name.text()
    nameLocation = name.location
    description = try root.text("description") ?? ""
    let start = try root.required("start_agent")
    startAgent = NameReference(name: try start.text(), location: start.location)
    limits = try FlowLimits(root.optional("limits"))
    agents = try root.required("agents").members().map { name, agent throws(ManifestError) in
      try AgentManifest(name, agent)
    }
  }
}

extension FlowLimits {
  fileprivate init(_ value: ManifestCursor?) throws(ManifestError) {
    self.init()
    guard let value else { return }
    if let count = value.optional("max_turns") { maxTurns = try count.integer() }
    if let count = value.optional("max_handoffs") { maxHandoffs = try count.integer() }
    if let count = value.optional("max_tool_calls") { maxToolCalls = try count.integer() }
    if let count = value.optional("max_identical_failures") { maxIdenticalFailures = try count.integer() }
    if let timeout = value.optional("timeout") { timeoutNanoseconds = try timeout.nanoseconds() }
    if let choice = value.optional("on_limit") { onLimit = try choice.choice(OnLimit.self) }
  }
}

extension AgentManifest {
  fileprivate init(_ name: String, _ value: ManifestCursor) throws(ManifestError) {
    self.name = name
    location = value.location
    description = try value.text("description") ?? ""
    instructions = try value.text("instructions") ?? ""
    model = try ModelReference(value.required("model"))
    tools = try value.list("tools").map { tool throws(ManifestError) in
      PatternReference(pattern: NamePattern(try tool.text()), location: tool.location)
    }
    handoffs = try value.list("handoffs").map { handoff throws(ManifestError) in try HandoffManifest(handoff)
    }
    toolChoice =
      try value.optional("tool_choice").map { choice throws(ManifestError) in
        try choice.choice(ToolChoice.self)
      } ?? .auto
  }
}

extension ModelReference {
  fileprivate init(_ value: ManifestCursor) throws(ManifestError) {
    location = value.location
    provider = try value.required("provider").text()
    name = try value.required("name").text()
    settings = value.optional("settings")?.node.json ?? .object(JSONObject())
  }
}

extension HandoffManifest {
  /// - Parameter value: the target's name alone, or an object.
  fileprivate init(_ value: ManifestCursor) throws(ManifestError) {
    if let target = value.string {
      self.init(
        target: target, toolName: "transfer_to_\(target)", description: nil, inputSchema: nil,
        history: HandoffHistory(), maxPerRun: nil, location: value.location)
      return
    }
    let target = try value.required("target").text()
    self.init(
      target: target, toolName: try value.text("tool_name") ?? "transfer_to_\(target)",
      description: try value.text("description"), inputSchema: value.optional("input_schema")?.node.json,
      history: try value.optional("history").map { history throws(ManifestError) in
        try HandoffHistory(history)
      } ?? HandoffHistory(),
      maxPerRun: try value.optional("max_per_run").map { count throws(ManifestError) in try count.integer() },
      location: value.location)
  }
}

extension HandoffHistory {
  fileprivate init(_ value: ManifestCursor) throws(ManifestError) {
    self.init(
      mode: try value.required("mode").choice(Mode.self),
      lastN: try value.optional("last_n").map { count throws(ManifestError) in try count.integer() })
  }
}
