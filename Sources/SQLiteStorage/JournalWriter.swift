import Locking
import Storage
import Synchronization
import Telemetry

/// The one thread that writes. Whatever has arrived while it was writing goes into the next transaction together, so
/// that many waiting callers share one sync of the disk.
final class JournalWriter: Sendable {
  typealias Answer = Result<Void, StorageFailure>
  typealias Task = @Sendable (WritableJournal) -> Void

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
    /// Could not be written, and nobody waits for it: written before whatever comes next.
    var delayed: [Batch] = []

    var delayedCount: Int { delayed.reduce(0) { $0 + $1.events.count } }

    mutating func take() -> (batches: [Batch], tasks: [Task]) {
      defer { self = Inbox(isClosed: isClosed, writingCount: eventCount + delayedCount) }
      return (delayed + batches, tasks)
    }
  }
  private let inbox = Condition(Inbox())
  private let commitCount = Atomic(0)
  private let file: String
  private let log: Log
  private let reopen: @Sendable () throws(StorageFailure) -> JournalTables

  /// - Parameter reopen: after something went wrong with the file: opens it anew and looks whether all of it is there.
  init(file: String, log: Log, reopen: @escaping @Sendable () throws(StorageFailure) -> JournalTables) {
    self.file = file
    self.log = log
    self.reopen = reopen
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
  var unwrittenEvents: Int { inbox.withLock { $0.eventCount + $0.writingCount + $0.delayedCount } }
  var commits: Int { commitCount.load(ordering: .relaxed) }

  /// Nothing more is taken; `run` ends once everything is written.
  func close() {
    inbox.withLock { $0.isClosed = true }
    inbox.broadcast()
  }

  /// The writing thread's whole life.
  func run(_ opened: JournalTables) {
    let journal = WritableJournal(opened, file: file, log: log, reopen: reopen)
    while let work = next() {
      write(work.batches, to: journal)
      for task in work.tasks { task(journal) }
    }
  }

  private func write(_ batches: [Batch], to journal: WritableJournal) {
    guard !batches.isEmpty else { return }
    do throws(StorageFailure) {
      let lost = try journal.change { (tables) throws(SQLiteError) in
        try tables.write(batches.map(\.events))
      }
      commitCount.add(1, ordering: .relaxed)
      inbox.withLock { $0.writingCount = 0 }
      for run in lost {
        logFailure(.leaseLost(run.run), losing: batches.filter { JournalTables.concern($0.events, [run]) })
      }
      for batch in batches { batch.answer?(answer(to: batch, lost)) }
    } catch {
      refuse(batches, error)
    }
  }

  /// Who waits is told. What nobody waits for is kept and tried again: what comes later makes no sense without it.
  private func refuse(_ batches: [Batch], _ failure: StorageFailure) {
    let lost = inbox.withLock { inbox in
      inbox.writingCount = 0
      let traces = batches.filter { $0.answer == nil }
      let count = traces.reduce(inbox.eventCount) { $0 + $1.events.count }
      guard !inbox.isClosed, count < JournalWriter.maxWaitingEvents else { return traces }
      inbox.delayed = traces
      return []
    }
    logFailure(failure, losing: lost)
    for batch in batches { batch.answer?(.failure(failure)) }
  }

  private func answer(to batch: Batch, _ lost: Set<RunKey>) -> Answer {
    guard !lost.isEmpty, let event = batch.events.first(where: { lost.contains(RunKey(of: $0)) }) else {
      return .success(())
    }
    return .failure(.leaseLost(event.run))
  }

  /// Nobody else learns of what nobody waits for.
  private func logFailure(_ failure: StorageFailure, losing lost: [Batch]) {
    let count = lost.reduce(0) { $0 + ($1.answer == nil ? $1.events.count : 0) }
    log.error(
      "journal not written",
      ["code": .string(failure.code.rawValue), "reason": .string(failure.message), "lost": LogValue(count)])
  }

  /// Nil once it is closed and empty.
  private func next() -> (batches: [Batch], tasks: [Task])? {
    let hasWork = inbox.wait { inbox in
      if !inbox.batches.isEmpty || !inbox.tasks.isEmpty { return true }
      return inbox.isClosed ? !inbox.delayed.isEmpty : nil
    }
    guard hasWork else { return nil }
    _ = inbox.wait(nanoseconds: JournalWriter.traceDelayNanoseconds) { inbox in
      inbox.isAwaited || inbox.isClosed || inbox.eventCount >= JournalWriter.maxWaitingEvents ? true : nil
    }
    return inbox.withLock { $0.take() }
  }
}
