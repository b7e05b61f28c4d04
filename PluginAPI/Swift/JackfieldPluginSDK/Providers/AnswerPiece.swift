/// A piece of an answer, as it comes.
public enum AnswerPiece: Sendable, Equatable {
  case text(String)
  case reasoning(String)
  /// - Parameter index: The call's place among those of the answer.
  case toolCall(index: Int, id: String, name: String, arguments: String)
  case toolCallArguments(index: Int, String)
  case usage(ChatUsage)
}

extension ChatStream {
  public func show(_ piece: AnswerPiece) throws(CallEnded) {
    switch piece {
    case .text(let text): try self.text(text)
    case .reasoning(let text): try reasoning(text)
    case .toolCall(let index, let id, let name, let arguments):
      try toolCall(ChatToolCall(id: id, name: name, arguments: arguments), index: index)
    case .toolCallArguments(let index, let piece): try toolCallArguments(piece, index: index)
    case .usage(let usage): try self.usage(usage)
    }
  }
}
