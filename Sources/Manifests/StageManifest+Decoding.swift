import JSONCodec
import ToolContracts

extension StageManifest {
  private static let standardExpiry: Int64 = 86_400_000_000_000

  init(_ name: String, _ value: ManifestCursor) throws(ManifestError) {
    self.name = name
    location = value.location
    work = try Work(name, value)
    needs = try value.list("needs").map { need throws(ManifestError) in
      NameReference(name: try need.text(), location: need.location)
    }
    let input = value.optional("input")
    inputLocation = input?.location ?? value.location
    self.input = try input.map(StageInput.init) ?? .standard(needing: needs.map(\.name))
    inputSchema = StageSchema(value.optional("input_schema"))
    outputSchema = StageSchema(value.optional("output_schema"))
    maxRepairs = try value.count("max_repairs") ?? 2
    onFailure =
      try value.optional("on_failure").map { choice throws(ManifestError) in
        try choice.choice(StageFailurePolicy.self)
      } ?? .stop
    let limits = value.optional("limits")
    self.limits = AgentLimits(
      maxTurns: try limits?.count("max_turns"), maxToolCalls: try limits?.count("max_tool_calls"))
    try expectKeys(of: value)
  }

  /// Keys that mean nothing for its kind of work.
  private func expectKeys(of value: ManifestCursor) throws(ManifestError) {
    if let tool, value.optional("input") == nil {
      throw ManifestError(
        .missingKey, at: location, "the key 'input' is missing: what '\(tool)' is called with")
    }
    guard agent != nil else {
      for key in ["max_repairs", "limits"] {
        guard let stray = value.optional(key) else { continue }
        throw ManifestError(.conflictingKeys, at: stray.location, "'\(key)' is for stages of agents")
      }
      return
    }
    if outputSchema == nil, let stray = value.optional("max_repairs") {
      throw ManifestError(
        .missingKey, at: stray.location, "'max_repairs' says how often what 'output_schema' refuses is mended"
      )
    }
  }
}

extension StageManifest.Work {
  fileprivate init(_ stage: String, _ value: ManifestCursor) throws(ManifestError) {
    let kinds = ["agent", "tool", "approval"].filter { value.optional($0) != nil }
    guard kinds.count == 1 else {
      throw ManifestError(
        kinds.isEmpty ? .missingKey : .conflictingKeys, at: value.location,
        "the stage '\(stage)' has one of 'agent', 'tool' and 'approval'"
          + (kinds.isEmpty ? "" : ", not \(kinds.joined(separator: " and "))"))
    }
    if let agent = value.optional("agent") {
      self = .agent(NameReference(name: try agent.text(), location: agent.location))
    } else if let tool = value.optional("tool") {
      guard let name = ToolName(try tool.text()) else { throw tool.mismatch("a tool, such as docs.search") }
      self = .tool(name, location: tool.location)
    } else {
      let expires = try value.required("approval").optional("expires")
      self = .approval(expiresNanoseconds: try expires?.nanoseconds() ?? StageManifest.standardExpiry)
    }
  }
}

extension StageSchema {
  fileprivate init?(_ value: ManifestCursor?) {
    guard let value else { return nil }
    self.init(schema: value.node.json, location: value.location)
  }
}

extension StageInput {
  /// Before the name of a stage.
  private static let stagePrefix = "$stages."
  private static let inputName = "$input"

  /// Strings that begin with `$` stand for something; `$$` begins one that does not, and stands for `$`.
  fileprivate init(_ value: ManifestCursor) throws(ManifestError) {
    switch value.node.content {
    case .string(let text): self = try StageInput(text, at: value)
    case .array:
      self = .array(
        try value.elements().map { element throws(ManifestError) in try StageInput(element) })
    case .object:
      self = .object(
        try value.members().map { key, member throws(ManifestError) in (key, try StageInput(member)) })
    default: self = .literal(value.node.json)
    }
  }

  private init(_ text: String, at value: ManifestCursor) throws(ManifestError) {
    guard text.hasPrefix("$") else {
      self = .literal(.string(text))
      return
    }
    if text.hasPrefix("$$") {
      self = .literal(.string(String(text.dropFirst())))
      return
    }
    let name = text.prefix { $0 != "/" }
    guard let pointer = try? JSONPointer(parsing: String(text.dropFirst(name.count))) else {
      throw StageInput.unknown(text, value)
    }
    if name == Self.inputName {
      self = .runInput(pointer)
    } else if name.hasPrefix(Self.stagePrefix), name.count > Self.stagePrefix.count {
      self = .output(stage: String(name.dropFirst(Self.stagePrefix.count)), pointer)
    } else {
      throw StageInput.unknown(text, value)
    }
  }

  private static func unknown(_ text: String, _ value: ManifestCursor) -> ManifestError {
    ManifestError(
      .unknownVariable, at: value.location,
      "'\(text)' stands for nothing; there are '$input' and '$stages.NAME', each with a pointer behind it or without, and "
        + "'$$' stands for '$'")
  }
}
