import FlowEngine
import JSONCodec
import ToolContracts

/// A flow, called as a tool.
enum FlowCall {
  static let inputSchema: JSONValue = [
    "type": "object",
    "properties": ["input": ["type": "string", "description": "The question or task, in plain words."]],
    "required": ["input"],
    "additionalProperties": false,
  ]

  static let outputSchema: JSONValue = [
    "type": "object",
    "properties": [
      "text": ["type": "string", "description": "The answer."],
      "run": ["type": "string", "description": "The id of the run."],
      "status": ["type": "string", "enum": ["succeeded", "limit_reached"]],
    ],
    "required": ["text", "run", "status"],
  ]

  /// - Parameter arguments: an object.
  static func input(in arguments: JSONView?) throws(InvocationFailure) -> String {
    if let other = arguments?.members.first(where: { $0.key != "input" }) {
      throw InvocationFailure(
        .schemaViolation, "a flow takes input and nothing else", pointer: JSONPointer([other.key]))
    }
    guard let input = arguments?["input"] else {
      throw InvocationFailure(.schemaViolation, "input is missing", pointer: .root)
    }
    guard let text = input.string else {
      throw InvocationFailure(.schemaViolation, "input must be a string", pointer: JSONPointer(["input"]))
    }
    return text
  }

  static func result(of run: RunID, _ outcome: FlowOutcome) -> ToolResult {
    let isAnswer = outcome.status == .succeeded || outcome.status == .limitReached && !outcome.text.isEmpty
    guard isAnswer else {
      let failure = outcome.failure ?? InvocationFailure(.internal, "the flow ended without an answer")
      return ToolResult(hasOutputSchema: true, failure: failure)
    }
    var writer = JSONWriter(reserving: 128 + outcome.text.utf8.count)
    writer.beginObject()
    writer.field("text", outcome.text)
    writer.field("run", run.description)
    writer.field("status", outcome.status.rawValue)
    writer.endObject()
    return ToolResult(json: writer.bytes, hasOutputSchema: true)
  }
}
