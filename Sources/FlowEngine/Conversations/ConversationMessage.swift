package import JSONCodec
import ModelContracts
import Storage
package import ToolContracts

/// One message of a conversation, as the journal of its turn tells it.
package struct ConversationMessage: Sendable, Equatable {
  package enum Content: Sendable, Equatable {
    case user(String)
    /// What an agent says, whether or not it calls tools as well.
    case assistant(String)
    /// - Parameter arguments: with which the call was made; where it was not, as its model wrote them.
    case toolCall(name: String, arguments: String)
    case toolResult(name: String, content: [UInt8], isError: Bool)
    case handoff(to: String, payload: [UInt8])
    /// The host says something.
    case system(String)
    /// What was said in the turns before, in short.
    case summary(String)
  }
  /// The turn of the conversation.
  package var run: RunID
  /// Nanoseconds since 1970.
  package var time: Int64
  /// Which model call of the run it belongs to; 0 before the first.
  package var turn: UInt32
  /// Empty where no agent says it.
  package var agent: String
  /// Of a call and its result; nil of all else.
  package var step: UInt32?
  package var content: Content

  /// The class, as front ends name it.
  package var name: String {
    switch content {
    case .user: "user"
    case .assistant: "assistant"
    case .toolCall: "tool_call"
    case .toolResult: "tool_result"
    case .handoff: "handoff"
    case .system: "system"
    case .summary: "summary"
    }
  }

  /// What there is to read of it.
  package var text: String {
    switch content {
    case .user(let text), .assistant(let text), .system(let text), .summary(let text): text
    case .toolCall(let name, let arguments): "\(name) \(arguments)"
    case .toolResult(_, let content, _): String(decoding: content, as: UTF8.self)
    case .handoff(let target, let payload): "to \(target) with \(String(decoding: payload, as: UTF8.self))"
    }
  }

  /// Four for what a provider puts around a message.
  package var estimatedTokens: Int { Int(TokenEstimate.tokens(in: text.utf8)) + 4 }

  package var json: JSONValue {
    var object: JSONObject = [
      "class": .string(name), "run_id": .string(run.description), "time": .string(timestamp(time)),
    ]
    if !agent.isEmpty { object["agent"] = .string(agent) }
    if let step { object["call_id"] = .string(CallID(run: run, step: step).description) }
    switch content {
    case .user(let text), .assistant(let text), .system(let text), .summary(let text):
      object["text"] = .string(text)
    case .toolCall(let name, let arguments):
      object["name"] = .string(name)
      object["arguments"] = .string(arguments)
    case .toolResult(let name, let content, let isError):
      object["name"] = .string(name)
      object["content"] = .string(String(decoding: content, as: UTF8.self))
      object["is_error"] = .bool(isError)
    case .handoff(let target, let payload):
      object["to"] = .string(target)
      object["payload"] = .string(String(decoding: payload, as: UTF8.self))
    }
    return .object(object)
  }
}
