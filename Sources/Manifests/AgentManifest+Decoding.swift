import JSONCodec
import ModelContracts
import ToolContracts

extension AgentManifest {
  init(_ name: String, _ value: ManifestCursor) throws(ManifestError) {
    self.name = name
    location = value.location
    description = try value.text("description") ?? ""
    instructions = try value.text("instructions") ?? ""
    instructionsLocation = value.optional("instructions")?.location ?? value.location
    persona = try Persona(value.optional("persona"))
    model = try ModelReference(value.required("model"))
    tools = try PatternReference.all(value.list("tools"))
    handoffs = try value.list("handoffs").map { handoff throws(ManifestError) in try HandoffManifest(handoff)
    }
    toolChoice =
      try value.optional("tool_choice").map { choice throws(ManifestError) in
        try choice.choice(ToolChoice.self)
      } ?? .auto
    let toolUse = value.optional("tool_use_behavior")
    stopTools = try PatternReference.all(toolUse?.list("stop_at_tools") ?? [])
    self.toolUse = ToolUseBehavior(toolUse, stopTools)
    output = try OutputManifest(value)
    guardrails = try GuardrailReferences(value.optional("guardrails"))
    let limits = value.optional("limits")
    self.limits = AgentLimits(
      maxTurns: try limits?.count("max_turns"), maxToolCalls: try limits?.count("max_tool_calls"))
  }
}

extension PatternReference {
  static func all(_ patterns: [ManifestCursor]) throws(ManifestError) -> [PatternReference] {
    try patterns.map { pattern throws(ManifestError) in
      PatternReference(pattern: NamePattern(try pattern.text()), location: pattern.location)
    }
  }
}

extension ManifestCursor {
  /// Nil where the key is not there.
  func count(_ key: String) throws(ManifestError) -> Int? { try optional(key)?.integer() }
}

extension Persona {
  fileprivate init(_ value: ManifestCursor?) throws(ManifestError) {
    self.init()
    guard let value else { return }
    tone = try value.text("tone") ?? ""
    traits = try value.texts("traits")
    restrictions = try value.texts("restrictions")
    disclaimers = try value.texts("disclaimers")
  }
}

extension ToolUseBehavior {
  fileprivate init(_ value: ManifestCursor?, _ stopTools: [PatternReference]) {
    if value?.string == "stop_on_first_tool" {
      self = .stopOnFirstTool
    } else {
      self = stopTools.isEmpty ? .runModelAgain : .stopAtTools(stopTools.map(\.pattern))
    }
  }
}

extension ModelReference {
  fileprivate init(_ value: ManifestCursor) throws(ManifestError) {
    location = value.location
    provider = try value.required("provider").text()
    name = try value.required("name").text()
    settings = value.optional("settings")?.node.json ?? .object(JSONObject())
    plan = try ModelPlan(value, settings: settings)
    let others =
      try value.list("fallback")
      + value.list("routing").map { rule throws(ManifestError) in try rule.required("use") }
    providers =
      [NameReference(name: provider, location: location)]
      + (try others.map { other throws(ManifestError) in
        NameReference(name: try other.required("provider").text(), location: other.location)
      })
    var sections: [NameReference] = []
    for model in [value] + others { sections += try model.optional("settings")?.sections() ?? [] }
    self.sections = sections
  }
}

extension ManifestCursor {
  fileprivate func sections() throws(ManifestError) -> [NameReference] {
    try members().filter { if case .object = $0.value.node.content { true } else { false } }
      .map { NameReference(name: $0.key, location: $0.value.location) }
  }
}

extension OutputManifest {
  fileprivate init?(_ agent: ManifestCursor) throws(ManifestError) {
    guard let schema = agent.optional("output_schema") else {
      if let stray = agent.optional("output_repairs") {
        throw ManifestError(
          .missingKey, at: stray.location,
          "'output_repairs' says how often what 'output_schema' refuses is mended")
      }
      return nil
    }
    self.schema = schema.node.json
    repairs = try agent.count("output_repairs") ?? 2
    location = schema.location
  }
}

extension GuardrailReferences {
  fileprivate init(_ value: ManifestCursor?) throws(ManifestError) {
    func names(_ stage: String) throws(ManifestError) -> [NameReference] {
      try (value?.list(stage) ?? []).map { name throws(ManifestError) in
        NameReference(name: try name.text(), location: name.location)
      }
    }
    input = try names("input")
    output = try names("output")
    toolInput = try names("tool_input")
    toolOutput = try names("tool_output")
  }
}

extension GuardrailManifest {
  init(_ name: String, _ value: ManifestCursor) throws(ManifestError) {
    self.name = name
    location = value.location
    if let schema = value.optional("schema") {
      check = .schema(schema.node.json)
    } else if let tool = value.optional("tool") {
      guard let name = ToolName(try tool.text()) else { throw tool.mismatch("a tool, such as safety.judge") }
      check = .tool(name)
    } else {
      check = .forbid(try value.texts("forbid"))
    }
  }
}

extension HandoffManifest {
  /// - Parameter value: the target's name alone, or an object.
  fileprivate init(_ value: ManifestCursor) throws(ManifestError) {
    if let target = value.string {
      self.init(
        target: target, mode: .transfer, toolName: HandoffMode.transfer.toolName(for: target),
        description: nil, inputSchema: nil, history: HandoffHistory(), maxPerRun: nil, tools: nil,
        isEnabled: nil, location: value.location)
      return
    }
    let target = try value.required("target").text()
    let mode =
      try value.optional("mode").map { mode throws(ManifestError) in try mode.choice(HandoffMode.self) }
      ?? .transfer
    self.init(
      target: target, mode: mode, toolName: try value.text("tool_name") ?? mode.toolName(for: target),
      description: try value.text("description"), inputSchema: value.optional("input_schema")?.node.json,
      history: try value.optional("history").map { history throws(ManifestError) in
        try HandoffHistory(history)
      } ?? HandoffHistory(mode: mode == .transfer ? .messages : .none),
      maxPerRun: try value.count("max_per_run"),
      tools: value.optional("tools") == nil ? nil : try PatternReference.all(value.list("tools")),
      isEnabled: value.optional("is_enabled")?.node.json, location: value.location)
  }
}

extension HandoffHistory {
  fileprivate init(_ value: ManifestCursor) throws(ManifestError) {
    self.init(
      mode: try value.required("mode").choice(Mode.self),
      lastN: try value.optional("last_n").map { count throws(ManifestError) in try count.integer() })
  }
}
