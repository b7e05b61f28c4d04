import FlowEngine
import JSONCodec
import ToolContracts

/// A flow, called as a tool.
enum FlowCall {
  static let inputSchema: JSONValue = [
    "type": "object",
    "properties": [
      "input": ["type": "string", "description": "The question or task, in plain words."],
      "conversation": [
        "type": "string",
        "description":
          "new begins a conversation; the id that an answer gave goes on with it. Without it the question stands for itself.",
      ],
      "restore": [
        "type": "string", "enum": ["continue", "afresh"],
        "description":
          "Where the conversation has expired: go on with it, or begin a new one that knows its key facts.",
      ],
    ],
    "required": ["input"],
    "additionalProperties": false,
  ]

  static let outputSchema: JSONValue = [
    "type": "object",
    "properties": [
      "text": ["type": "string", "description": "The answer."],
      "run": ["type": "string", "description": "The id of the run."],
      "status": ["type": "string", "enum": ["succeeded", "limit_reached"]],
      "conversation": ["type": "string", "description": "The id with which it is gone on with."],
    ],
    "required": ["text", "run", "status"],
  ]

  /// - Parameter conversation: nil for a run that stands for itself.
  static func result(
    of run: RunID, _ outcome: FlowOutcome, in conversation: ConversationID? = nil
  ) -> ToolResult {
    let isAnswer = outcome.status == .succeeded || outcome.status == .limitReached && !outcome.text.isEmpty
    guard isAnswer else {
      let failure = outcome.failure ?? InvocationFailure(.internal, "the flow ended without an answer")
      return ToolResult(hasOutputSchema: true, failure: failure, turn: (run, conversation))
    }
    var writer = JSONWriter(reserving: 128 + outcome.text.utf8.count)
    writer.beginObject()
    writer.field("text", outcome.text)
    writer.field("status", outcome.status.rawValue)
    writer.turnFields(run, conversation)
    writer.endObject()
    return ToolResult(json: writer.bytes, hasOutputSchema: true)
  }
}
