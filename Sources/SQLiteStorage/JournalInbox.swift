import Storage
import ToolContracts

/// What the writing thread is to do next, and what it sleeps for.
struct JournalInbox {
  /// So many events in memory, and even who need not wait for the disk does.
  private static let maxWaitingEvents = 65_536

  struct Batch {
    let events: [JournalEvent]
    /// Nil where nobody waits.
    let answer: (@Sendable (JournalWriter.Answer) -> Void)?
  }
  struct Claim {
    typealias Answer = @Sendable (Result<RunRow?, StorageFailure>) -> Void
    let key: RunKey
    let answer: Answer
  }
  enum Alarm {
    case anything
    /// So many callers wait.
    case callers(Int)
  }

  var batches: [Batch] = []
  /// Made with the batches, after them.
  var claims: [Claim] = []
  /// Done after both.
  var tasks: [JournalWriter.Task] = []
  var eventCount = 0
  /// Batches, claims and tasks that somebody waits for.
  var awaitedCount = 0
  var isClosed = false
  var alarm = Alarm.anything
  /// Taken out and not written yet.
  private var writing: [Batch] = []
  private(set) var writingClaims = 0
  /// Could not be written, and nobody waits for it: written before whatever comes next.
  private var delayed: [Batch] = []

  var isFull: Bool { eventCount >= JournalInbox.maxWaitingEvents }
  var isEmpty: Bool { batches.isEmpty && claims.isEmpty && tasks.isEmpty }

  var unwrittenCount: Int {
    eventCount + (writing + delayed).reduce(0) { $0 + $1.events.count }
  }

  func hasUnwritten(_ run: RunID) -> Bool {
    // By their places, since to hand out a batch or an event is to copy it: there may be thousands for each run that is read.
    func isIn(_ list: borrowing [Batch]) -> Bool {
      for batch in 0..<list.count {
        for event in 0..<list[batch].events.count where list[batch].events[event].run == run { return true }
      }
      return false
    }
    return isIn(batches) || isIn(writing) || isIn(delayed)
  }

  /// Whether there is what the writing thread sleeps for.
  func wakesWriter() -> Bool {
    if isClosed || isFull { return true }
    return switch alarm {
    case .anything: !isEmpty
    case .callers(let count): awaitedCount >= count
    }
  }

  /// - Returns: nil once it is closed and empty.
  mutating func take() -> JournalInbox? {
    guard !isEmpty || !delayed.isEmpty else { return nil }
    var taken = self
    taken.batches = delayed + batches
    self = JournalInbox()
    isClosed = taken.isClosed
    writing = taken.batches
    writingClaims = taken.claims.count
    return taken
  }

  /// - Returns: what is to be written with `work`; nil where there is nothing.
  mutating func take(into work: inout JournalInbox) -> JournalTables.Work? {
    guard !isEmpty else { return nil }
    work.batches += batches
    work.claims += claims
    work.tasks += tasks
    work.awaitedCount += awaitedCount
    let taken = (batches: batches.map(\.events), claims: claims.map(\.key))
    writing += batches
    writingClaims += claims.count
    (batches, claims, tasks, eventCount, awaitedCount) = ([], [], [], 0, 0)
    return taken
  }

  mutating func written() { (writing, writingClaims) = ([], 0) }

  /// - Parameter traces: that could not be written.
  /// - Returns: those for which there is no room.
  mutating func delay(_ traces: [Batch]) -> [Batch] {
    written()
    let count = traces.reduce(eventCount) { $0 + $1.events.count }
    guard !isClosed, count < JournalInbox.maxWaitingEvents else { return traces }
    delayed = traces
    return []
  }
}
