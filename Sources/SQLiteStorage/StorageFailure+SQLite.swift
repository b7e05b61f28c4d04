import CSQLite
import Glibc
import Storage
import ToolContracts

extension StorageFailure {
  /// - Parameter contents: what the file holds, as messages name it.
  init(_ error: SQLiteError, file: String, holding contents: String = "journal") {
    let problem = "\(error.message) (SQLite \(error.code))"
    switch error.primaryCode {
    case SQLITE_BUSY, SQLITE_LOCKED:
      self.init(
        .locked,
        "the \(contents) '\(file)' is in use by another process; stop that one, or wait until it is done"
      )
    case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH: self = .readOnly(file, holding: contents)
    case SQLITE_FULL:
      self.init(
        .full,
        "there is no room left to write the \(contents) '\(file)'; nothing more is recorded until there is"
      )
    case SQLITE_NOTADB, SQLITE_CORRUPT, SQLITE_FORMAT:
      self.init(
        .corrupt,
        "'\(file)' does not hold the \(contents), or is damaged: \(problem); move it away or restore a copy")
    case _ where [EACCES, EROFS, EPERM].contains(error.systemError): self = .readOnly(file, holding: contents)
    case _ where [ENOSPC, EDQUOT, EFBIG].contains(error.systemError):
      self.init(
        .full,
        "there is no room left to write the \(contents) '\(file)'; nothing more is recorded until there is"
      )
    default: self.init(.unavailable, "the \(contents) '\(file)' cannot be used: \(problem)")
    }
  }

  static func leaseLost(_ run: RunID) -> StorageFailure {
    StorageFailure(
      .leaseLost, "the run \(run) belongs to another host now; nothing more of it is recorded here")
  }

  static func readOnly(_ file: String, holding contents: String = "journal") -> StorageFailure {
    StorageFailure(
      .readOnly, "the \(contents) '\(file)' cannot be written: the file, its folder or the disk is read-only")
  }
}
