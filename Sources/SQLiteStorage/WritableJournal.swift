import Storage
import Telemetry

/// The journal's file as the writing thread has it. After an error that leaves in doubt what is in the file it is closed, and
/// opened again and checked through before anything more is done with it.
final class WritableJournal {
  private var tables: JournalTables?
  private var claims: [RunKey: UInt32] = [:]
  private var failure = StorageFailure(.unavailable, "")
  private let file: String
  private let log: Log
  private let reopen: @Sendable () throws(StorageFailure) -> JournalTables

  init(
    _ opened: JournalTables, file: String, log: Log,
    reopen: @escaping @Sendable () throws(StorageFailure) -> JournalTables
  ) {
    tables = opened
    self.file = file
    self.log = log
    self.reopen = reopen
  }

  /// - Parameter change: made in one transaction. Where it leaves the file in doubt it is made once more: what a sync that
  ///   failed was to save may be lost, and to sync again would not tell.
  func change<Value>(
    _ change: (JournalTables) throws(SQLiteError) -> Value
  ) throws(StorageFailure) -> Value {
    if let value = try attempt(change) { return value }
    if let value = try attempt(change) { return value }
    throw failure
  }

  /// - Returns: nil where the file is in doubt afterwards.
  private func attempt<Value>(
    _ change: (JournalTables) throws(SQLiteError) -> Value
  ) throws(StorageFailure) -> Value? {
    let tables = try opened()
    do throws(SQLiteError) { return try change(tables) } catch {
      failure = StorageFailure(error, file: file)
      guard error.leavesFileInDoubt else { throw failure }
      claims = tables.claims
      self.tables = nil
      return nil
    }
  }

  private func opened() throws(StorageFailure) -> JournalTables {
    if let tables { return tables }
    let opened = try reopen()
    opened.claims = claims
    tables = opened
    log.warning(
      "the journal was opened again after an error, and is whole",
      ["code": .string(failure.code.rawValue), "reason": .string(failure.message)])
    return opened
  }
}
