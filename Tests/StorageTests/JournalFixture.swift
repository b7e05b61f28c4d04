import SQLiteStorage
import Storage
import Telemetry
import TestSupport
import ToolContracts

let acme = TenantID("acme")!
let globex = TenantID("globex")!

/// A run whose place in time is `number`.
func run(_ number: Int64) -> RunID { RunID(milliseconds: number, randomness: UInt128(number)) }

func event(
  _ kind: JournalEvent.Kind, in run: RunID, tenant: TenantID = acme, time: Int64 = 1, turn: UInt32 = 0,
  agent: String = "", step: UInt32? = nil, _ data: String = "{}"
) -> JournalEvent {
  JournalEvent(
    time: time, tenant: tenant, run: run, turn: turn, agent: agent, kind: kind, step: step,
    data: Array(data.utf8))
}

/// Every journal there is: what one promises, all keep.
enum JournalUnderTest: CaseIterable {
  case memory
  case sqlite

  func open(_ body: (any RunJournal) async throws -> Void) async throws {
    switch self {
    case .memory: try await body(MemoryJournal())
    case .sqlite:
      let folder = TemporaryFolder()
      let journal = try SQLiteJournal(path: "\(folder.path)/journal.sqlite", log: .none)
      try await body(journal)
      await journal.close()
      withExtendedLifetime(folder) {}
    }
  }
}

/// The code that `body` fails with; nil where it does not.
func failure(_ body: () async throws -> Void) async -> StorageFailure.Code? {
  do {
    try await body()
    return nil
  } catch { return (error as? StorageFailure)?.code }
}
