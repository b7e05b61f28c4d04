import JSONCodec
import JSONSchema
import Manifests
import Storage
import ToolContracts

@testable import FlowEngine

/// A flow of three agents: a and b hand over to each other, both to c; all may call `calc.add`.
enum Fixture {
  static func flow(
    limits: FlowLimits = FlowLimits(), toolChoice: ToolChoice = .auto, maxPerRun: Int? = nil,
    history: HandoffDefinition.History = .messages(last: nil)
  ) throws -> FlowDefinition {
    func handoff(_ target: String) throws -> HandoffDefinition {
      let schema: JSONValue = ["type": "object"]
      return HandoffDefinition(
        target: target, toolName: "transfer_to_\(target)", description: "", inputSchema: schema,
        compiledSchema: try CompiledSchema(schema), history: history, maxPerRun: maxPerRun)
    }
    func agent(_ name: String, _ targets: [String]) throws -> AgentDefinition {
      AgentDefinition(
        name: name, description: "", instructions: "You are \(name).", provider: ToolName("rules.chat")!,
        model: name,
        toolChoice: toolChoice, handoffs: try targets.map(handoff))
    }
    return FlowDefinition(
      name: "test", description: "", startAgent: "a",
      agents: ["a": try agent("a", ["b", "c"]), "b": try agent("b", ["a", "c"]), "c": try agent("c", [])],
      limits: limits)
  }

  static func machine(_ flow: FlowDefinition) -> FlowStateMachine {
    let tool = AdvertisedTool(
      modelName: "calc_add", description: "adds", inputSchema: ["type": "object"],
      target: .tool(ToolName("calc.add")!))
    let toolboxes = flow.agents.mapValues { agent in
      Toolbox(
        [tool]
          + agent.handoffs.map {
            AdvertisedTool(
              modelName: $0.toolName, description: $0.description, inputSchema: $0.inputSchema,
              target: .handoff($0))
          })
    }
    return FlowStateMachine(flow: flow, toolboxes: toolboxes, input: "question", context: RunContext())
  }
}

extension FlowStateMachine {
  /// Who speaks to the user.
  var agent: AgentDefinition { loops[0].agent }

  mutating func modelAnswered(_ answer: ModelAnswer) -> FlowTransition { answered([.answer(answer)]) }
  mutating func modelFailed(_ failure: InvocationFailure) -> FlowTransition { answered([.noAnswer(failure)]) }
  mutating func toolsAnswered(_ results: [Result<[UInt8], InvocationFailure>]) -> FlowTransition {
    answered(results.map { .result($0) })
  }
}

extension ModelToolCall {
  init(_ id: String, _ name: String, _ arguments: String = "{}") {
    self.init(id: id, name: name, arguments: arguments)
  }
}

extension ModelAnswer {
  static func calling(_ calls: ModelToolCall..., text: String = "") -> ModelAnswer {
    ModelAnswer(text: text, calls: calls, finishReason: .toolCalls)
  }
}

extension FlowTransition {
  var outcome: FlowOutcome? { if case .finish(let outcome) = action { outcome } else { nil } }
  /// The tool calls that are to be made; nil where there are none.
  var steps: [ToolCallStep]? {
    guard case .perform(let steps) = action else { return nil }
    let calls = steps.compactMap { if case .tool(let call) = $0 { call } else { nil } }
    return calls.isEmpty ? nil : calls
  }
  /// The model calls that are to be made.
  var requests: [ModelCall] {
    guard case .perform(let steps) = action else { return [] }
    return steps.compactMap { if case .model(let call) = $0 { call } else { nil } }
  }
  var kinds: [JournalEvent.Kind] { records.map(\.kind) }

  /// The request of the next model call.
  var request: JSONView? {
    requests.first.flatMap { try? JSONDocument(parsing: $0.request).root }
  }
  /// What the model sees as the results of its calls: id and code, or `ok`.
  var results: [String] {
    guard let messages = request?["messages"] else { return [] }
    return messages.elements.filter { $0["role"]?.string == "tool" }.map { message in
      let id = message["toolCallId"]?.string ?? "?"
      guard message["isError"]?.bool == true else { return "\(id): ok" }
      let content = message["content"]?.string.flatMap { try? JSONDocument(parsing: $0).root }
      return "\(id): \(content?["error"]?["code"]?.string ?? "?")"
    }
  }
}
