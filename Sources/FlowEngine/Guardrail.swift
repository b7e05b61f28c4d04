import JSONCodec
package import JSONSchema
package import ToolContracts

/// Where a guardrail stands.
package enum GuardrailStage: String, Sendable {
  /// What an agent is given when it takes over.
  case input
  /// What it answers.
  case output
  case toolInput = "tool_input"
  case toolOutput = "tool_output"
}

/// Something that must say yes. What it cannot judge it has not said yes to.
package struct Guardrail: Sendable {
  package enum Check: Sendable {
    /// Of the value: a text, a tool's arguments, a tool's result.
    case schema(CompiledSchema)
    /// Of its text, as a JSON string: what no part of it may look like.
    case text(CompiledSchema)
    /// A tool that is asked, and must answer `{"allowed": true}`.
    case tool(ToolName)
  }
  package let name: String
  package let check: Check

  package init(name: String, check: Check) {
    self.name = name
    self.check = check
  }
}

/// The guardrails of one agent; in every list, each must say yes.
package struct AgentGuardrails: Sendable {
  package var input: [Guardrail]
  package var output: [Guardrail]
  package var toolInput: [Guardrail]
  package var toolOutput: [Guardrail]

  package init(
    input: [Guardrail] = [], output: [Guardrail] = [], toolInput: [Guardrail] = [],
    toolOutput: [Guardrail] = []
  ) {
    self.input = input
    self.output = output
    self.toolInput = toolInput
    self.toolOutput = toolOutput
  }
}

/// What a guardrail is to judge.
struct GuardedSubject: Sendable {
  let stage: GuardrailStage
  let agent: String
  /// For the stages of tools.
  var tool: ToolName?
  /// JSON: of a text, a string.
  let value: [UInt8]

  init(_ stage: GuardrailStage, agent: String, text: String) {
    self.stage = stage
    self.agent = agent
    value = JSONValue.string(text).serialized()
  }

  init(_ stage: GuardrailStage, agent: String, tool: ToolName, json: [UInt8]) {
    self.stage = stage
    self.agent = agent
    self.tool = tool
    value = json
  }

  private var isText: Bool { stage == .input || stage == .output }

  func passes(_ schema: CompiledSchema) -> Bool { Self.accepts(schema, value) }

  func textPasses(_ schema: CompiledSchema) -> Bool {
    if isText { return Self.accepts(schema, value) }
    // Not as it was written: an escape would hide what it stands for.
    guard let json = try? JSONDocument(parsing: value, limits: .strict).root.value else { return false }
    let texts = [String(decoding: json.serialized(), as: UTF8.self), json.strings.joined(separator: "\n")]
    return texts.allSatisfy { Self.accepts(schema, JSONValue.string($0).serialized()) }
  }

  /// What cannot be read has not passed.
  private static func accepts(_ schema: CompiledSchema, _ json: [UInt8]) -> Bool {
    do { return try schema.isValid(text: json, limits: .strict) } catch { return false }
  }

  /// What a tool that guards is asked.
  func question(for guardrail: String) -> [UInt8] {
    var writer = JSONWriter(reserving: 128 + value.count)
    writer.beginObject()
    writer.field("guardrail", guardrail)
    writer.field("stage", stage.rawValue)
    writer.field("agent", agent)
    if let tool { writer.field("tool", tool.description) }
    writer.field(isText ? "text" : stage == .toolInput ? "arguments" : "result", raw: value)
    writer.endObject()
    return writer.bytes
  }
}

extension JSONValue {
  /// Every string in it, names of members included.
  fileprivate var strings: [String] {
    switch self {
    case .string(let text): [text]
    case .array(let elements): elements.flatMap(\.strings)
    case .object(let object): object.flatMap { name, value in [name] + value.strings }
    default: []
    }
  }
}

/// Tools that were asked whether something may pass, in the order of the questions.
struct GuardRound: Sendable {
  struct Question: Sendable {
    let guardrail: String
    let subject: GuardedSubject
    /// Where the call stands that it is about; nil where it is about none.
    let entry: Int?
    let step: ToolCallStep
  }
  var questions: [Question] = []

  var steps: [FlowStep] { questions.map { .tool($0.step) } }

  /// Those that were not answered with yes: by a no, by a failure, by nonsense.
  func refusals(_ outcomes: [StepOutcome]) -> [(question: Question, reason: String?)] {
    questions.enumerated().compactMap { index, question in
      guard outcomes.indices.contains(index), case .result(.success(let json)) = outcomes[index],
        let answer = try? JSONDocument(parsing: json).root
      else { return (question, nil) }
      return answer["allowed"]?.bool == true ? nil : (question, answer["reason"]?.string)
    }
  }
}
