import FlowEngine
import JSONCodec
import Storage
import ToolContracts

/// What a client asks a flow, by itself or as a turn of a conversation.
struct FlowQuestion: Sendable {
  enum Place: Sendable {
    case alone
    case new
    case existing(ConversationID)
  }
  private enum Restoring: String {
    case goOn = "continue"
    case afresh
  }
  let input: String
  let place: Place
  private let restoring: Restoring?

  /// - Parameter arguments: an object.
  init(_ arguments: JSONView?) throws(InvocationFailure) {
    let known = ["input", "conversation", "restore"]
    if let other = arguments?.members.first(where: { !known.contains($0.key) }) {
      throw InvocationFailure(
        .schemaViolation, "a flow takes input, conversation and restore, and nothing else",
        pointer: JSONPointer([other.key]))
    }
    guard let input = try FlowQuestion.text("input", in: arguments) else {
      throw InvocationFailure(.schemaViolation, "input is missing", pointer: .root)
    }
    self.input = input
    switch try FlowQuestion.text("conversation", in: arguments) {
    case nil: place = .alone
    case "new"?: place = .new
    case let text?:
      guard let id = ConversationID(text) else { throw .unknownConversation }
      place = .existing(id)
    }
    restoring = try FlowQuestion.text("restore", in: arguments).map { text throws(InvocationFailure) in
      if let choice = Restoring(rawValue: text) { return choice }
      throw InvocationFailure(
        .schemaViolation, "restore is continue or afresh", pointer: JSONPointer(["restore"]))
    }
  }

  private static func text(_ key: String, in arguments: JSONView?) throws(InvocationFailure) -> String? {
    guard let value = arguments?[key] else { return nil }
    if let text = value.string { return text }
    throw InvocationFailure(.schemaViolation, "\(key) must be a string", pointer: JSONPointer([key]))
  }

  /// - Parameter new: for a conversation that is begun.
  func restoration(as new: ConversationID) -> Restoration? {
    switch restoring {
    case .goOn: .goOn
    case .afresh: .afresh(as: new)
    case nil: nil
    }
  }
}

extension MCPServer {
  func answer(
    _ question: FlowQuestion, _ request: FlowRequest
  ) async -> (result: ToolResult, isCancelled: Bool) {
    do throws(RunFailure) {
      let (outcome, conversation) = try await ask(question, request)
      return (
        FlowCall.result(of: request.run, outcome, in: conversation), outcome.status == .cancelled
      )
    } catch {
      return (ToolResult(hasOutputSchema: true, failure: InvocationFailure(error)), false)
    }
  }

  /// - Returns: with the conversation in which the next question follows on this one; nil where there is none.
  /// - Throws: where nothing was asked.
  private func ask(
    _ question: FlowQuestion, _ request: FlowRequest
  ) async throws(RunFailure) -> (outcome: FlowOutcome, conversation: ConversationID?) {
    let new = ConversationID(identifiers.makeRunID())
    switch question.place {
    case .alone: return (await flows.run(request), nil)
    case .new: return (try await flows.begin(new, with: request), new)
    case .existing(let id):
      // Another flow's is none of this tool's.
      let before = try await flows.summary(of: id, for: request.principal)
      guard before.flow == request.flow else {
        throw RunFailure(.conversationNotFound, "there is no conversation \(id)")
      }
      let hasExpired = flows.status(of: before) == .expired
      let restoration = question.restoration(as: new)
      let outcome = try await flows.converse(request, in: id, restoring: restoration)
      return (outcome, hasExpired && restoration == .afresh(as: new) ? new : id)
    }
  }
}

extension InvocationFailure {
  fileprivate static let unknownConversation = InvocationFailure(
    .schemaViolation, "there is no such conversation", pointer: JSONPointer(["conversation"]))

  /// Why a question was not asked.
  fileprivate init(_ failure: RunFailure) {
    switch failure.code {
    case .conversationNotFound: self = .unknownConversation
    case .conversationExpired:
      self.init(
        .denied, "\(failure.message); restore says how to go on", pointer: JSONPointer(["conversation"]))
    case .conversationIsGoingOn: self.init(.unavailable, failure.message, retryAfterMilliseconds: 1000)
    case .conversationIsWaiting, .turnIsUnanswered: self.init(.approvalRequired, failure.message)
    case .flowNotFound: self.init(.toolNotFound, failure.message)
    default: self.init(.internal, failure.message)
    }
  }
}
