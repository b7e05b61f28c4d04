import Glibc
import Storage

/// The file of a journal and the folder that it lies in.
enum JournalFile {
  /// Makes sure that there is a file, readable by its owner alone, for SQLite to open: its logs take over the rights.
  static func create(_ path: String) throws(StorageFailure) {
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
      try createFolder(String(path[..<slash]), for: path)
    }
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure(errno, path) }
    close(descriptor)
  }

  /// Checked whole whenever they are opened, in some 60 ms at most; larger ones by who asks for it.
  static let maxBytesCheckedAtOnce: Int64 = 32 << 20

  /// - Parameter most: a file of more bytes is not looked at.
  /// - Throws: `corrupt` where something in it is damaged.
  static func check(
    _ path: String, _ connection: SQLiteConnection, most: Int64
  ) throws(StorageFailure) {
    do throws(SQLiteError) {
      let size = try connection.integer("PRAGMA page_count") * (try connection.integer("PRAGMA page_size"))
      if size <= most { try connection.checkIntegrity() }
    } catch { throw StorageFailure(error, file: path) }
  }

  private static func createFolder(_ folder: String, for path: String) throws(StorageFailure) {
    if mkdir(folder, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = folder.lastIndex(of: "/"), slash != folder.startIndex else {
      throw failure(errno, path)
    }
    try createFolder(String(folder[..<slash]), for: path)
    if mkdir(folder, 0o700) != 0 && errno != EEXIST { throw failure(errno, path) }
  }

  private static func failure(_ code: Int32, _ path: String) -> StorageFailure {
    switch code {
    case EACCES, EROFS, EPERM: .readOnly(path)
    case ENOSPC, EDQUOT: StorageFailure(.full, "there is no room left for the journal '\(path)'")
    default:
      StorageFailure(
        .unavailable, "the journal '\(path)' cannot be opened: \(String(cString: strerror(code)))")
    }
  }
}
