import FlowEngine
import ToolContracts

extension ArgumentSpec {
  static let conversation = ArgumentSpec(
    name: "CONVERSATION", help: "a conversation's id, as `conversation list` prints it")
}

extension ConversationID {
  init(asked text: String) throws(CommandFailure) {
    guard let id = ConversationID(text) else { throw .conversationNotFound(text) }
    self = id
  }
}

extension CommandContext {
  /// The command's first argument.
  func conversationID() throws(CommandFailure) -> ConversationID {
    try ConversationID(asked: arguments.arguments[0])
  }
}

extension CommandFailure {
  static func conversationNotFound(_ text: String) -> CommandFailure {
    CommandFailure(
      RunFailure.Code.conversationNotFound.rawValue, "there is no conversation \(text)", .notFound)
  }
}

extension Host {
  /// Does something with runs on the lanes; tells what can be done about a failure.
  func attempt<Value: Sendable>(
    _ body: @escaping @Sendable () async throws(RunFailure) -> Value
  ) async throws(CommandFailure) -> Value {
    do throws(RunFailure) { return try await onLanes(body) } catch {
      var told = CommandFailure(error)
      if error.code == .conversationExpired {
        told.message +=
          "; --restore continue goes on with it, --restore afresh begins a new one with its key facts"
      }
      throw told
    }
  }
}
