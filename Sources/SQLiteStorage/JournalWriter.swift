import Locking
import Storage
import Synchronization
import Telemetry

/// The one thread that writes. Whatever has arrived while it was writing goes into the next transaction together, so
/// that many waiting callers share one sync of the disk.
final class JournalWriter: Sendable {
  typealias Answer = Result<Void, StorageFailure>
  typealias Task = @Sendable (JournalTables) -> Void

  /// How long events that nobody waits for may wait for company.
  private static let traceDelayNanoseconds: Int64 = 50_000_000
  /// So many events in memory, and even who need not wait for the disk does.
  private static let maxWaitingEvents = 65_536

  private struct Batch {
    let events: [JournalEvent]
    /// Nil where nobody waits.
    let answer: (@Sendable (Answer) -> Void)?
  }
  private struct Inbox {
    var batches: [Batch] = []
    /// Done after the batches.
    var tasks: [Task] = []
    var eventCount = 0
    /// Somebody waits for one of them.
    var isAwaited = false
    var isClosed = false
    /// Taken out and not written yet.
    var writingCount = 0
  }
  private let inbox = Condition(Inbox())
  private let commitCount = Atomic(0)
  private let file: String
  private let log: Log

  init(file: String, log: Log) {
    self.file = file
    self.log = log
  }

  /// - Parameter answer: called once, on the writing thread or on this one; nil: nobody waits.
  func append(_ events: [JournalEvent], answer: (@Sendable (Answer) -> Void)?) -> Bool {
    let isTaken = inbox.withLock { inbox in
      guard !inbox.isClosed else { return false }
      if answer == nil && inbox.eventCount >= JournalWriter.maxWaitingEvents { return false }
      inbox.batches.append(Batch(events: events, answer: answer))
      inbox.eventCount += events.count
      inbox.isAwaited = inbox.isAwaited || answer != nil
      return true
    }
    if isTaken { inbox.signal() }
    return isTaken
  }

  /// - Parameter task: done once by the writing thread, after what was appended before.
  /// - Returns: false once it is closed; the task is then not done.
  func perform(_ task: @escaping Task) -> Bool {
    let isTaken = inbox.withLock { inbox in
      guard !inbox.isClosed else { return false }
      inbox.tasks.append(task)
      inbox.isAwaited = true
      return true
    }
    if isTaken { inbox.signal() }
    return isTaken
  }

  /// Appended, and neither written nor given up yet.
  var unwrittenEvents: Int { inbox.withLock { $0.eventCount + $0.writingCount } }
  var commits: Int { commitCount.load(ordering: .relaxed) }

  /// Nothing more is taken; `run` ends once everything is written.
  func close() {
    inbox.withLock { $0.isClosed = true }
    inbox.broadcast()
  }

  /// The writing thread's whole life.
  func run(_ tables: JournalTables) {
    while let work = next() {
      write(work.batches, to: tables)
      for task in work.tasks { task(tables) }
    }
  }

  private func write(_ batches: [Batch], to tables: JournalTables) {
    guard !batches.isEmpty else { return }
    do {
      let lost = try tables.write(batches.map(\.events))
      commitCount.add(1, ordering: .relaxed)
      inbox.withLock { $0.writingCount = 0 }
      for run in lost {
        logFailure(.leaseLost(run.run), of: batches.filter { JournalTables.concern($0.events, [run]) })
      }
      for batch in batches { batch.answer?(answer(to: batch, lost)) }
    } catch {
      let failure = StorageFailure(error, file: file)
      logFailure(failure, of: batches)
      inbox.withLock { $0.writingCount = 0 }
      for batch in batches { batch.answer?(.failure(failure)) }
    }
  }

  private func answer(to batch: Batch, _ lost: Set<RunKey>) -> Answer {
    guard !lost.isEmpty, let event = batch.events.first(where: { lost.contains(RunKey(of: $0)) }) else {
      return .success(())
    }
    return .failure(.leaseLost(event.run))
  }

  /// Nobody else learns of what nobody waits for.
  private func logFailure(_ failure: StorageFailure, of batches: [Batch]) {
    let lost = batches.reduce(0) { $0 + ($1.answer == nil ? $1.events.count : 0) }
    log.error(
      "journal not written",
      ["code": .string(failure.code.rawValue), "reason": .string(failure.message), "lost": LogValue(lost)])
  }

  /// Nil once it is closed and empty.
  private func next() -> (batches: [Batch], tasks: [Task])? {
    let hasWork = inbox.wait { inbox in
      !inbox.batches.isEmpty || !inbox.tasks.isEmpty ? true : inbox.isClosed ? false : nil
    }
    guard hasWork else { return nil }
    _ = inbox.wait(nanoseconds: JournalWriter.traceDelayNanoseconds) { inbox in
      inbox.isAwaited || inbox.isClosed || inbox.eventCount >= JournalWriter.maxWaitingEvents ? true : nil
    }
    return inbox.withLock { inbox in
      defer { inbox = Inbox(isClosed: inbox.isClosed, writingCount: inbox.eventCount) }
      return (inbox.batches, inbox.tasks)
    }
  }
}
