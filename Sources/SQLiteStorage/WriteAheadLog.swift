import Glibc
import Storage

/// The log in which SQLite keeps what is not in the database's own file yet.
///
/// SQLite goes through the log when it opens a database, and takes the end of what makes sense for the end of what was
/// committed: a log that was cut off or removed is a database of some time ago, without a word. Its index, the file `-shm`,
/// says how much was committed. It is never synced, so a power cut may leave an old one, but it is only ever written after
/// the log was: it may say too little, never too much.
struct WriteAheadLog {
  private let file: String
  private var log: String { "\(file)-wal" }
  private var index: String { "\(file)-shm" }

  /// - Parameter file: the database's.
  init(of file: String) { self.file = file }

  /// To be asked before the database is opened, which makes the index anew.
  ///
  /// - Throws: `corrupt` where committed transactions are missing.
  func check() throws(StorageFailure) {
    guard let committed = Index(index), committed.hasUnsavedFrames else { return }
    let header = bytes(of: log, count: 32)
    // The log of a later time has other salts, and its index is the one that is behind.
    if header.count == 32, !header[16..<24].elementsEqual(committed.salts) { return }
    guard size(of: log) < committed.logSize else { return }
    // Another process may have begun a new log meanwhile.
    guard Index(index) == committed else { return }
    throw StorageFailure(
      .corrupt,
      "of the journal '\(file)' the log '\(log)' is missing or cut off, and committed events with it; put it back or restore "
        + "a copy, or remove '\(index)' to go on with what is left")
  }

  /// The head of the index, of which SQLite keeps two copies: <https://sqlite.org/walformat.html>.
  private struct Index: Equatable {
    let salts: [UInt8]
    private let frames: Int
    private let savedFrames: Int
    private let pageSize: Int

    private static let copyLength = 48

    init?(_ path: String) {
      let bytes = bytes(of: path, count: 2 * Index.copyLength + 4)
      func number<Number: FixedWidthInteger>(_ offset: Int, _: Number.Type) -> Number {
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Number.self) }
      }
      guard bytes.count == 2 * Index.copyLength + 4,
        bytes[..<Index.copyLength].elementsEqual(bytes[Index.copyLength..<2 * Index.copyLength]),
        number(0, UInt32.self) == 3_007_000, bytes[12] == 1
      else { return nil }
      let size = Int(number(14, UInt16.self))
      pageSize = size == 1 ? 65_536 : size
      frames = Int(number(16, UInt32.self))
      salts = Array(bytes[32..<40])
      savedFrames = Int(number(96, UInt32.self))
    }

    /// Committed, and not in the database's own file yet.
    var hasUnsavedFrames: Bool { savedFrames < frames }
    var logSize: Int { 32 + frames * (24 + pageSize) }
  }
}

/// Fewer where the file is shorter, none where it cannot be read.
private func bytes(of path: String, count: Int) -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return [] }
  defer { close(descriptor) }
  return [UInt8](unsafeUninitializedCapacity: count) { buffer, length in
    length = max(0, read(descriptor, buffer.baseAddress, count))
  }
}

private func size(of path: String) -> Int {
  var status = stat()
  return stat(path, &status) == 0 ? Int(status.st_size) : 0
}
