import JSONCodec
import ToolContracts

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
    variables = Dictionary(
      try (root.optional("variables")?.members() ?? []).map { name, value throws(ManifestError) in
        (name, try value.text())
      }, uniquingKeysWith: { first, _ in first })
    conversation = try ConversationSettings(root)
    guardrails = try (root.optional("guardrails")?.members() ?? []).map { name, value throws(ManifestError) in
      try GuardrailManifest(name, value)
    }
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
    if let count = value.optional("max_total_tokens") { maxTotalTokens = try count.integer() }
    if let count = value.optional("max_identical_failures") { maxIdenticalFailures = try count.integer() }
    if let timeout = value.optional("timeout") { timeoutNanoseconds = try timeout.nanoseconds() }
    if let choice = value.optional("on_limit") { onLimit = try choice.choice(OnLimit.self) }
  }
}
