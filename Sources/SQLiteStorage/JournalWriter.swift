import Glibc
import Locking
import Storage
import Synchronization
import Telemetry
import ToolContracts

/// The one thread that writes. Whatever has arrived while it was writing goes into the next transaction together, so
/// that many waiting callers share one sync of the disk.
final class JournalWriter: Sendable {
  typealias Answer = Result<Void, StorageFailure>
  typealias Task = @Sendable (WritableJournal) -> Void

  /// How long events that nobody waits for may wait for company.
  private static let traceDelayNanoseconds: Int64 = 50_000_000

  private let inbox = Condition(JournalInbox())
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
  /// - Returns: false where it was not taken: it is closed, or has so many events in memory that even who need not wait does.
  func append(_ events: [JournalEvent], answer: (@Sendable (Answer) -> Void)?) -> Bool {
    put { inbox in
      guard answer != nil || !inbox.isFull else { return false }
      inbox.batches.append(JournalInbox.Batch(events: events, answer: answer))
      inbox.eventCount += events.count
      if answer != nil { inbox.awaitedCount += 1 }
      return true
    }
  }

  /// - Parameter answer: called once, with the run's row as it is from then on.
  func claim(_ key: RunKey, answer: @escaping JournalInbox.Claim.Answer) -> Bool {
    put { inbox in
      inbox.claims.append(JournalInbox.Claim(key: key, answer: answer))
      inbox.awaitedCount += 1
      return true
    }
  }

  /// - Parameter task: done once by the writing thread, after what was appended before.
  /// - Returns: false once it is closed; the task is then not done.
  func perform(_ task: @escaping Task) -> Bool {
    put { inbox in
      inbox.tasks.append(task)
      inbox.awaitedCount += 1
      return true
    }
  }

  private func put(_ change: (inout JournalInbox) -> Bool) -> Bool {
    let (isTaken, isDue) = inbox.withLock { inbox in
      let isTaken = !inbox.isClosed && change(&inbox)
      return (isTaken, isTaken && inbox.wakesWriter())
    }
    if isDue { inbox.signal() }
    return isTaken
  }

  /// Appended, and neither written nor given up yet.
  var unwrittenEvents: Int { inbox.withLock { $0.unwrittenCount } }
  /// Whether that are events of this run, too.
  func isWriting(_ run: RunID) -> Bool { inbox.withLock { $0.hasUnwritten(run) } }
  var unwrittenClaims: Int { inbox.withLock { $0.claims.count + $0.writingClaims } }
  var commits: Int { commitCount.load(ordering: .relaxed) }

  /// Nothing more is taken; `run` ends once everything is written.
  func close() {
    inbox.withLock { $0.isClosed = true }
    inbox.broadcast()
  }

  // MARK: The writing thread

  /// Its whole life.
  func run(_ opened: JournalTables) {
    let journal = WritableJournal(opened, file: file, log: log, reopen: reopen)
    var window = GroupWindow()
    while var work = next(window) {
      let start = monotonicNanoseconds()
      write(&work, window, to: journal)
      for task in work.tasks { task(journal) }
      window.committed(
        telling: work.awaitedCount, waiting: inbox.withLock { $0.awaitedCount }, from: start,
        to: monotonicNanoseconds())
    }
  }

  /// Nil once it is closed and empty.
  private func next(_ window: GroupWindow) -> JournalInbox? {
    if let time = window.nanosecondsToWait(now: monotonicNanoseconds()) {
      sleep(until: .callers(window.half), for: time)
    }
    // A trace by itself wakes nobody for now: whoever is at work will soon wait for something.
    sleep(until: .callers(1), for: JournalWriter.traceDelayNanoseconds)
    if inbox.withLock({ $0.isEmpty }) {
      sleep(until: .anything)
      sleep(until: .callers(1), for: JournalWriter.traceDelayNanoseconds)
    }
    return inbox.withLock { $0.take() }
  }

  /// While the first half is being written the second one comes.
  ///
  /// - Returns: nil where nobody came, or nobody more is expected.
  private func more(_ work: inout JournalInbox, _ window: GroupWindow) -> JournalTables.Work? {
    guard work.awaitedCount < window.expected,
      let time = window.nanosecondsToWait(now: monotonicNanoseconds())
    else { return nil }
    sleep(until: .callers(window.expected - work.awaitedCount), for: time)
    return inbox.withLock { $0.take(into: &work) }
  }

  private func sleep(until alarm: JournalInbox.Alarm, for nanoseconds: Int64? = nil) {
    func wake(_ inbox: inout JournalInbox) -> Bool? {
      inbox.alarm = alarm
      return inbox.wakesWriter() ? true : nil
    }
    if let nanoseconds {
      _ = inbox.wait(nanoseconds: nanoseconds, until: wake)
    } else {
      _ = inbox.wait(until: wake)
    }
  }

  private func write(
    _ work: inout JournalInbox, _ window: GroupWindow, to journal: WritableJournal
  ) {
    guard !work.batches.isEmpty || !work.claims.isEmpty else { return }
    do throws(StorageFailure) {
      let (lost, claimed) = try journal.change { (tables) throws(SQLiteError) in
        try tables.write(work.batches.map(\.events), claiming: work.claims.map(\.key)) {
          more(&work, window)
        }
      }
      commitCount.add(1, ordering: .relaxed)
      inbox.withLock { $0.written() }
      for run in lost {
        logFailure(
          .leaseLost(run.run), losing: work.batches.filter { JournalTables.concern($0.events, [run]) })
      }
      for batch in work.batches { batch.answer?(answer(to: batch, lost)) }
      for claim in work.claims { claim.answer(.success(claimed[claim.key])) }
    } catch {
      refuse(work.batches, error)
      for claim in work.claims { claim.answer(.failure(error)) }
    }
  }

  /// Who waits is told. What nobody waits for is kept and tried again: what comes later makes no sense without it.
  private func refuse(_ batches: [JournalInbox.Batch], _ failure: StorageFailure) {
    let lost = inbox.withLock { $0.delay(batches.filter { $0.answer == nil }) }
    logFailure(failure, losing: lost)
    for batch in batches { batch.answer?(.failure(failure)) }
  }

  private func answer(to batch: JournalInbox.Batch, _ lost: Set<RunKey>) -> Answer {
    guard !lost.isEmpty, let event = batch.events.first(where: { lost.contains(RunKey(of: $0)) }) else {
      return .success(())
    }
    return .failure(.leaseLost(event.run))
  }

  /// Nobody else learns of what nobody waits for.
  private func logFailure(_ failure: StorageFailure, losing lost: [JournalInbox.Batch]) {
    let count = lost.reduce(0) { $0 + ($1.answer == nil ? $1.events.count : 0) }
    log.error(
      "journal not written",
      ["code": .string(failure.code.rawValue), "reason": .string(failure.message), "lost": LogValue(count)])
  }
}

private func monotonicNanoseconds() -> Int64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
