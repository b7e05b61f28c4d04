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
    startAgent = try NameReference(root.optional("start_agent"))
    stages = try (root.optional("stages")?.members() ?? []).map { name, stage throws(ManifestError) in
      try StageManifest(name, stage)
    }
    result = try NameReference(root.optional("result"))
    limits = try FlowLimits(root.optional("limits"))
    variables = Dictionary(
      try (root.optional("variables")?.members() ?? []).map { name, value throws(ManifestError) in
        (name, try value.text())
      }, uniquingKeysWith: { first, _ in first })
    conversation = try ConversationSettings(root)
    humanHandoff = try root.optional("human_handoff").map { value throws(ManifestError) in
      try HumanHandoffManifest(value)
    }
    guardrails = try (root.optional("guardrails")?.members() ?? []).map { name, value throws(ManifestError) in
      try GuardrailManifest(name, value)
    }
    agents = try (root.optional("agents")?.members() ?? []).map { name, agent throws(ManifestError) in
      try AgentManifest(name, agent)
    }
    try expectBeginning(in: root)
  }

  /// A flow begins with one agent, or with stages.
  private func expectBeginning(in root: ManifestCursor) throws(ManifestError) {
    if startAgent == nil, stages.isEmpty {
      throw ManifestError(
        .missingKey, at: root.location, "one of the keys 'start_agent' and 'stages' is missing")
    }
    if let startAgent, !stages.isEmpty {
      throw ManifestError(
        .conflictingKeys, at: startAgent.location, "a flow has 'start_agent' or 'stages', not both")
    }
    if let result, stages.isEmpty {
      throw ManifestError(.conflictingKeys, at: result.location, "'result' names a stage, and there are none")
    }
  }
}

extension NameReference {
  fileprivate init?(_ value: ManifestCursor?) throws(ManifestError) {
    guard let value else { return nil }
    self.init(name: try value.text(), location: value.location)
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
    if let cost = value.optional("max_cost") { maxCost = try cost.money(digits: 12) }
    if let count = value.optional("max_identical_failures") { maxIdenticalFailures = try count.integer() }
    if let timeout = value.optional("timeout") { timeoutNanoseconds = try timeout.nanoseconds() }
    if let choice = value.optional("on_limit") { onLimit = try choice.choice(OnLimit.self) }
  }
}
