import CLinux
import Glibc
package import Storage
package import ToolContracts

/// Leases for every process of one machine: a locked file for each run that is going on. The kernel unlocks it when its
/// process ends, however that ends.
package struct FileRunLeases: RunLeases {
  private let directory: String

  /// - Parameter directory: made where it is missing; only hosts write to it.
  package init(directory: String) { self.directory = directory }

  package func claim(_ run: RunID) throws(StorageFailure) -> (any RunLease)? {
    mkdir(directory, 0o700)
    let path = "\(directory)/\(run).lock"
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard descriptor >= 0 else {
        throw StorageFailure(
          .unavailable, "cannot claim a run in \(directory): \(String(cString: strerror(errno))).")
      }
      guard jf_try_lock_file(descriptor) == 0 else {
        close(descriptor)
        return nil
      }
      // Whoever held it before may have removed the file between our opening and our locking it.
      if isSame(descriptor, path) { return Lease(descriptor: descriptor, path: path) }
      close(descriptor)
    }
  }

  private func isSame(_ descriptor: Int32, _ path: String) -> Bool {
    var opened = stat()
    var named = stat()
    return fstat(descriptor, &opened) == 0 && stat(path, &named) == 0
      && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
  }

  private struct Lease: RunLease {
    let descriptor: Int32
    let path: String

    func release() {
      unlink(path)
      close(descriptor)
    }
  }
}
