import CLinux
import Glibc
package import Storage
package import ToolContracts

/// Leases for every process of one machine: a locked file for each run that is going on. The kernel unlocks it when its
/// process ends, however that ends. Beside them, in the folder `cancel`, lies an empty file for each run that was asked to
/// end: an empty file finds room where the journal finds none.
package struct FileRunLeases: RunLeases {
  private let directory: String
  private var requests: String { "\(directory)/cancel" }

  /// - Parameter directory: made where it is missing; only hosts write to it.
  package init(directory: String) { self.directory = directory }

  package func claim(_ run: RunID, takingOver: Bool) throws(StorageFailure) -> (any RunLease)? {
    let path = "\(directory)/\(run).lock"
    // Whoever has the file open keeps it locked, under no name.
    if takingOver { unlink(path) }
    while true {
      let descriptor = try create(path, "claim a run")
      guard jf_try_lock_file(descriptor) == 0 else {
        close(descriptor)
        return nil
      }
      let lease = Lease(descriptor: descriptor, path: path, request: "\(requests)/\(run)")
      // Whoever held it before may have removed the file between our opening and our locking it.
      if lease.isNamed { return lease }
      close(descriptor)
    }
  }

  package func isHeld(_ run: RunID) -> Bool {
    let descriptor = open("\(directory)/\(run).lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return jf_is_file_locked(descriptor) == 1
  }

  package func requestCancellation(of run: RunID) throws(StorageFailure) {
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

  private func create(_ path: String, _ purpose: String) throws(StorageFailure) -> Int32 {
    let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
    var descriptor = open(path, flags, 0o600)
    if descriptor < 0 && errno == ENOENT {
      mkdir(directory, 0o700)
      mkdir(requests, 0o700)
      descriptor = open(path, flags, 0o600)
    }
    guard descriptor >= 0 else {
      throw StorageFailure(
        .unavailable, "cannot \(purpose) in \(directory): \(String(cString: strerror(errno))).")
    }
    return descriptor
  }

  private struct Lease: RunLease {
    let descriptor: Int32
    let path: String
    let request: String

    /// Whether the file still has its name; without it, the run is somebody else's.
    var isNamed: Bool {
      var opened = stat()
      var named = stat()
      return fstat(descriptor, &opened) == 0 && stat(path, &named) == 0
        && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
    }

    func release() {
      if isNamed {
        unlink(request)
        unlink(path)
      }
      close(descriptor)
    }
  }
}
