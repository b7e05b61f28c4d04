import CLinux
import Glibc
import Locking
package import Storage
package import ToolContracts

/// Leases for every process of one machine. Each process has one locked file, and each run that it goes on with is one more
/// name of that file: the kernel unlocks it when the process ends, however that ends. A file for each run would take a
/// descriptor for as long as it goes on, and a new inode, which is the most that a run costs on some file systems.
///
/// Beside them, in the folder `cancel`, lies an empty file for each run that was asked to end: an empty file finds room where
/// the journal finds none.
package final class FileRunLeases: RunLeases {
  private let directory: String
  private let own = Lock<LockedFile?>(nil)
  private let mostNames: UInt
  private var requests: String { "\(directory)/cancel" }

  /// - Parameters:
  ///   - directory: made where it is missing; only hosts write to it.
  ///   - mostNames: of one file; file systems allow 65,000 and more.
  package init(directory: String, mostNames: UInt = 32_000) {
    self.directory = directory
    self.mostNames = mostNames
  }

  package func claim(_ run: RunID, takingOver: Bool) throws(StorageFailure) -> (any RunLease)? {
    let file = try ownFile()
    let lease = Lease(file: file, path: path(of: run), request: "\(requests)/\(run)")
    if !takingOver, try link(lease) { return lease }
    return try alone { () throws(StorageFailure) in
      // What was released meanwhile is not removed: by now it may be somebody else's.
      let isLeft = try holder(of: lease.path) == .dead
      if takingOver || isLeft { unlink(lease.path) }
      return try link(lease) ? lease : nil
    }
  }

  package func isHeld(_ run: RunID) -> Bool { (try? holder(of: path(of: run))) == .alive }

  package func requestCancellation(of run: RunID) throws(StorageFailure) {
    makeFolders()
    close(try create("\(requests)/\(run)", "ask for the end of a run"))
  }

  package func cancellationRequests() -> [RunID] {
    guard let folder = opendir(requests) else { return [] }
    defer { closedir(folder) }
    var runs: [RunID] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if let run = RunID(name) { runs.append(run) }
    }
    return runs
  }

  private func path(of run: RunID) -> String { "\(directory)/\(run).lock" }

  /// - Returns: false where somebody has the run, or had it and died.
  private func link(_ lease: Lease) throws(StorageFailure) -> Bool {
    if Glibc.link(lease.file.path, lease.path) == 0 { return true }
    guard errno == EEXIST else { throw failure("claim a run") }
    return false
  }

  // MARK: The file of this process

  private func ownFile() throws(StorageFailure) -> LockedFile {
    if let known = knownFile { return known }
    makeFolders()
    return try alone { () throws(StorageFailure) in
      if let known = knownFile { return known }
      let made = try makeFile()
      own.withLock { $0 = made }
      return made
    }
  }

  /// Nil before the first claim, and where the file was removed or has as many names as it may: another one then begins.
  private var knownFile: LockedFile? {
    own.withLock { $0 }.flatMap { $0.names < mostNames ? $0 : nil }
  }

  private func makeFile() throws(StorageFailure) -> LockedFile {
    var number = 0
    while try holder(of: "\(directory)/host-\(number).lock") == .alive { number += 1 }
    let path = "\(directory)/host-\(number).lock"
    // One that a dead process left is not used again: the runs that it had are names of it, too.
    unlink(path)
    let descriptor = try create(path, "claim a run")
    guard jf_try_lock_file(descriptor) == 0, let file = LockedFile(descriptor, path) else {
      defer { close(descriptor) }
      throw failure("claim a run")
    }
    return file
  }

  private func makeFolders() {
    mkdir(directory, 0o700)
    mkdir(requests, 0o700)
  }

  private func create(_ path: String, _ purpose: String) throws(StorageFailure) -> Int32 {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw failure(purpose) }
    return descriptor
  }

  // MARK: Others

  private enum Holder {
    case nobody
    case alive
    case dead
  }

  private func holder(of path: String) throws(StorageFailure) -> Holder {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else {
      if errno == ENOENT { return .nobody }
      throw failure("see who has a run")
    }
    defer { close(descriptor) }
    return jf_is_file_locked(descriptor) == 1 ? .alive : .dead
  }

  /// While `body` runs no other process takes what a dead one has left: both would find it dead, and the second would remove
  /// the name that the first has made.
  private func alone<Result>(
    _ body: () throws(StorageFailure) -> Result
  ) throws(StorageFailure) -> Result {
    let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw failure("claim a run") }
    defer { close(folder) }
    guard jf_lock_file(folder) == 0 else { throw failure("claim a run") }
    return try body()
  }

  /// - Parameter purpose: of the system call that has just failed.
  private func failure(_ purpose: String) -> StorageFailure {
    StorageFailure(
      .unavailable, "cannot \(purpose) in \(directory): \(String(cString: strerror(errno))).")
  }

  private struct Lease: RunLease {
    let file: LockedFile
    let path: String
    let request: String

    func release() {
      // One that was taken over is somebody else's.
      guard file.isNamed(path) else { return }
      unlink(request)
      unlink(path)
    }
  }
}

/// A file that this process keeps locked, under any number of names. Unlocked with the last reference.
private final class LockedFile: Sendable {
  let path: String
  private let descriptor: Int32
  private let device: dev_t
  private let inode: ino_t

  /// Closes the descriptor in the end.
  ///
  /// - Returns: nil, and the descriptor is the caller's, where the file cannot be looked at.
  init?(_ descriptor: Int32, _ path: String) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    (self.descriptor, self.path) = (descriptor, path)
    (device, inode) = (status.st_dev, status.st_ino)
  }

  deinit {
    if isNamed(path) { unlink(path) }
    close(descriptor)
  }

  func isNamed(_ path: String) -> Bool { status(at: path) != nil }

  /// How many it has; as if there were no room for another, where it has lost the first.
  var names: UInt { status(at: path)?.st_nlink ?? .max }

  /// Nil where it is not this file.
  private func status(at path: String) -> stat? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_ino == inode, status.st_dev == device else { return nil }
    return status
  }
}
