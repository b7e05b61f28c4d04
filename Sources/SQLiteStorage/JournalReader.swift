import Locking

/// The one thread that reads: a long list must hold up neither the writer nor the tasks' own threads.
final class JournalReader: Sendable {
  typealias Question = @Sendable (JournalQueries) -> Void

  private struct Inbox {
    var questions: [Question] = []
    var isClosed = false
  }
  private let inbox = Condition(Inbox())

  /// - Returns: false once it is closed; the question is then not asked.
  func ask(_ question: @escaping Question) -> Bool {
    let isTaken = inbox.withLock { inbox in
      guard !inbox.isClosed else { return false }
      inbox.questions.append(question)
      return true
    }
    if isTaken { inbox.signal() }
    return isTaken
  }

  func close() {
    inbox.withLock { $0.isClosed = true }
    inbox.broadcast()
  }

  /// The reading thread's whole life: ends once it is closed and everything is answered.
  func run(_ queries: JournalQueries) {
    while true {
      let questions = inbox.wait { inbox -> [Question]? in
        guard !inbox.questions.isEmpty else { return inbox.isClosed ? [] : nil }
        defer { inbox.questions = [] }
        return inbox.questions
      }
      if questions.isEmpty { return }
      for question in questions { question(queries) }
    }
  }
}
