package import JSONCodec
package import ModelContracts
package import ToolContracts

/// What a provider answered. It has passed the answer's schema; what a model wrote in it is still not trusted.
package struct ModelAnswer: Sendable, Equatable {
  package enum FinishReason: String, Sendable {
    case stop
    case toolCalls = "tool_calls"
    case length
    case contentFilter = "content_filter"
    /// The model itself declines.
    case refusal
  }
  package var text: String
  package var calls: [ModelToolCall]
  package var finishReason: FinishReason
  /// Read and written, as the provider counts them.
  package var tokens: Int
  /// JSON that its provider wants back with this message; empty where it wants nothing.
  package var continuation: [UInt8]
  /// Nil: nobody has said what the model costs.
  package var cost: Money?
  /// Who gave it; nil: the agent's own model.
  package var provider: ToolName?
  package var model: String?

  package init(
    text: String, calls: [ModelToolCall] = [], finishReason: FinishReason = .stop, tokens: Int = 0,
    continuation: [UInt8] = [], cost: Money? = nil
  ) {
    self.text = text
    self.calls = calls
    self.finishReason = finishReason
    self.tokens = tokens
    self.continuation = continuation
    self.cost = cost
  }

  /// - Returns: nil for JSON that the schema would have refused.
  package init?(_ json: JSONView) {
    guard
      let text = json["text"]?.string, let calls = json["toolCalls"],
      let reason = json["finishReason"]?.string.flatMap(FinishReason.init)
    else { return nil }
    self.text = text
    finishReason = reason
    continuation = json["continuation"].map { Array($0.rawBytes) } ?? []
    tokens = ["inputTokens", "outputTokens"].reduce(0) { sum, key in
      // No provider is believed so far that a sum of its numbers could overflow.
      sum + Int(min(json["usage"]?[key]?.int ?? 0, 1 << 40))
    }
    self.calls = []
    for call in calls.elements {
      guard
        let id = call["id"]?.string, let name = call["name"]?.string,
        let arguments = call["arguments"]?.string
      else { return nil }
      self.calls.append(ModelToolCall(id: uniqueID(id), name: name, arguments: arguments))
    }
  }

  /// Models do repeat ids; results could not be told apart then.
  private func uniqueID(_ id: String) -> String {
    guard calls.contains(where: { $0.id == id }) else { return id }
    var number = 2
    while calls.contains(where: { $0.id == "\(id)-\(number)" }) { number += 1 }
    return "\(id)-\(number)"
  }
}
