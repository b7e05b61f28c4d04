import JSONCodec
import Storage
import ToolContracts

/// One answer of a model on its way through the journal: what it says, what it calls, and what becomes of that.
struct ModelTurn: Sendable {
  struct Call: Sendable {
    var name: String
    var arguments: String
    /// Nil where the call was never taken up.
    var step: UInt32?
    /// The tool that was called, where one was.
    var tool = ""
    var result: (content: [UInt8], isError: Bool)?
  }
  /// Nil before a model has answered.
  private(set) var event: JournalEvent?
  private(set) var text = ""
  private(set) var calls: [Call] = []

  init() {}

  init(_ event: JournalEvent, _ answer: ModelAnswer) {
    self.event = event
    text = answer.text
    calls = answer.calls.map { Call(name: $0.name, arguments: $0.arguments) }
  }

  /// Calls are taken up in their order.
  mutating func called(_ step: UInt32?) {
    guard let index = calls.firstIndex(where: { $0.step == nil }) else { return }
    calls[index].step = step
  }

  mutating func amend(_ step: UInt32?, _ arguments: String?) {
    guard let arguments, let index = index(of: step) else { return }
    calls[index].arguments = arguments
  }

  mutating func answered(_ step: UInt32?, _ data: JSONView) {
    guard let index = index(of: step), data["status"]?.string != "in_doubt" else { return }
    calls[index].tool = data["tool"]?.string ?? ""
    if let result = data["result"] {
      calls[index].result = (Array(result.rawBytes), false)
    } else {
      calls[index].result = (ModelTurn.failure(data["error"]?.rawText), true)
    }
  }

  mutating func handedOver(_ step: UInt32?, to target: String) {
    guard let index = index(of: step) else { return }
    calls[index].result = (JSONValue.object(["assistant": .string(target)]).serialized(), false)
  }

  /// A guardrail has kept them from the model; which of several results of one tool it was is not told, so it is all.
  mutating func withhold(resultsOf tool: String) {
    for index in calls.indices where calls[index].tool == tool {
      calls[index].result = (ModelTurn.failure(#"{"code":"denied"}"#), true)
    }
  }

  private func index(of step: UInt32?) -> Int? {
    step.flatMap { step in calls.firstIndex { $0.step == step } }
  }

  private static func failure(_ error: String?) -> [UInt8] { Array(#"{"error":\#(error ?? "{}")}"#.utf8) }
}
