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
  /// On the lanes, with what can be done about a failure.
  func conversing<Value: Sendable>(
    _ body: @escaping @Sendable () async throws(RunFailure) -> Value
  ) async throws(CommandFailure) -> Value {
    let result = await onLanes { () async -> Result<Value, RunFailure> in
      do throws(RunFailure) { return .success(try await body()) } catch { return .failure(error) }
    }
    switch result {
    case .success(let value): return value
    case .failure(let failure):
      var told = CommandFailure(failure)
      if failure.code == .conversationExpired {
        told.message +=
          "; --restore continue goes on with it, --restore afresh begins a new one with its key facts"
      }
      throw told
    }
  }
}
