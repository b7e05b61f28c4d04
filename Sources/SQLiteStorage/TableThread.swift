import Locking
import Storage

/// Tables of one file on a thread of their own, which answers one question after the other. Ends with its last reference.
final class TableThread<Tables>: Sendable {
  private typealias Question = @Sendable (Tables) -> Void
  private struct Inbox {
    var questions: [Question] = []
    var isClosed = false
  }
  private let inbox: Condition<Inbox>
  private let thread: WorkerThread

  /// Blocks until `open` has answered, on the new thread.
  ///
  /// - Parameter name: what operators see; at most 15 characters.
  init(
    named name: String, open: @escaping @Sendable () throws(StorageFailure) -> Tables
  ) throws(StorageFailure) {
    let inbox = Condition(Inbox())
    self.inbox = inbox
    thread = try WorkerThread(named: name, open: open, use: { tables in Self.answer(inbox, from: tables) })
  }

  deinit { Self.close(inbox) }

  /// - Parameter closed: thrown where nothing is answered any more.
  func ask<Answer: Sendable, Failure: Error>(
    orThrow closed: Failure, _ question: @escaping @Sendable (Tables) throws(Failure) -> Answer
  ) async throws(Failure) -> Answer {
    let answer: Result<Answer, Failure> = await withCheckedContinuation { continuation in
      let isTaken = inbox.withLock { inbox in
        guard !inbox.isClosed else { return false }
        inbox.questions.append { tables in
          do throws(Failure) { continuation.resume(returning: .success(try question(tables))) } catch {
            continuation.resume(returning: .failure(error))
          }
        }
        return true
      }
      guard !isTaken else { return inbox.signal() }
      continuation.resume(returning: .failure(closed))
    }
    return try answer.get()
  }

  /// Suspends until everything that was asked is answered, and the tables are gone.
  func close() async {
    Self.close(inbox)
    await thread.join()
  }

  /// The thread's whole life: ends once this is closed and everything is answered.
  private static func answer(_ inbox: Condition<Inbox>, from tables: Tables) {
    while true {
      let questions = inbox.wait { inbox -> [Question]? in
        guard !inbox.questions.isEmpty else { return inbox.isClosed ? [] : nil }
        defer { inbox.questions = [] }
        return inbox.questions
      }
      if questions.isEmpty { return }
      for question in questions { question(tables) }
    }
  }

  private static func close(_ inbox: Condition<Inbox>) {
    inbox.withLock { $0.isClosed = true }
    inbox.broadcast()
  }
}
