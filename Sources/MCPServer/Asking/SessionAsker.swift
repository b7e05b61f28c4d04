import JSONCodec
import JSONRPC
import Locking
import ToolContracts

/// Asks the client of a session, while one call of it runs.
final class SessionAsker: InquiryPort {
  /// A form that comes back filled in wrongly is shown again, so many times in all.
  private static let tries = 3

  private let questions: ClientQuestions
  private let capabilities: ClientCapabilities
  private let revision: Revision

  init(_ questions: ClientQuestions, capabilities: ClientCapabilities, revision: Revision) {
    self.questions = questions
    self.capabilities = capabilities
    self.revision = revision
  }

  func ask(
    _ inquiries: [Inquiry], until over: Cancellation, reply: @escaping @Sendable ([InquiryAnswer]) -> Void
  ) -> CallStatus {
    guard inquiries.allSatisfy(capabilities.allows) else { return .unsupported }
    guard inquiries.allSatisfy(\.isWellFormed) else { return .argument }
    let answers = Lock<[InquiryAnswer?]>(Array(repeating: nil, count: inquiries.count))
    for (place, inquiry) in inquiries.enumerated() {
      put(inquiry, triesLeft: Self.tries, until: over) { answer in
        let complete = answers.withLock { answers -> [InquiryAnswer]? in
          answers[place] = answer
          let known = answers.compactMap(\.self)
          return known.count == answers.count ? known : nil
        }
        if let complete { reply(complete) }
      }
    }
    return .ok
  }

  private func put(
    _ inquiry: Inquiry, triesLeft: Int, until over: Cancellation,
    reply: @escaping @Sendable (InquiryAnswer) -> Void
  ) {
    if over.isCancelled { return }
    let asked = questions.ask(
      inquiry.method,
      { writer, id in inquiry.writeParameters(to: &writer, for: self.revision, id: id) },
      handler: { [self] outcome in
        guard case .result(let result) = outcome else { return reply(.dismissed) }
        switch inquiry.answer(result) {
        case .answer(let answer): reply(answer)
        case .unfit where triesLeft > 1: put(inquiry, triesLeft: triesLeft - 1, until: over, reply: reply)
        case .unfit, .malformed: reply(.dismissed)
        }
      })
    // Does nothing where the client has answered.
    if let asked { _ = over.addHandler { [questions] in questions.takeBack(asked) } }
  }
}
