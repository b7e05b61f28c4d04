import HostServices
import Locking
import Storage
import Telemetry
import ToolContracts

/// What plugins did through the host, on its way into the journals of their runs: in order, and without keeping anybody
/// waiting.
final class JournaledUses: Sendable {
  private struct State {
    var waiting: [JournalEvent] = []
    /// While there is something to write.
    var writer: Task<Void, Never>?
  }
  private let state = Lock(State())
  private let journal: any RunJournal
  private let time: any TimeSource
  private let log: Log

  init(_ journal: any RunJournal, time: any TimeSource, log: Log) {
    self.journal = journal
    self.time = time
    self.log = log
  }

  func record(_ use: ServiceUse) {
    let event = use.event(at: time.wallClock())
    state.withLock { state in
      state.waiting.append(event)
      if state.writer == nil { state.writer = Task { await write() } }
    }
  }

  /// Once everything is with the journal that was recorded before.
  func written() async { await state.withLock { $0.writer }?.value }

  private func write() async {
    while let events = next() {
      do throws(StorageFailure) { try await journal.append(events, .trace) } catch {
        log.error("what a plugin did could not be recorded", ["reason": "\(error.description)"])
      }
    }
  }

  private func next() -> [JournalEvent]? {
    state.withLock { state in
      defer { state.waiting = [] }
      if state.waiting.isEmpty { state.writer = nil }
      return state.waiting.isEmpty ? nil : state.waiting
    }
  }
}
