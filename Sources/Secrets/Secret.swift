import Glibc

/// A value that only requests to its server may have. It lies in pages of its own: they are in no core dump and no forked
/// process, in swap only where the system lets this process lock nothing, and are zeroed when the last user lets go.
/// Prints as nothing.
package final class Secret: @unchecked Sendable, CustomStringConvertible, CustomReflectable {
  // @unchecked: the pages are written in `init` alone.
  private let start: UnsafeMutableRawPointer
  private let length: Int
  package let count: Int

  /// - Parameters:
  ///   - capacity: more than none.
  ///   - fill: writes the value; answers how many bytes of what it was given are the value, or nil where there is none.
  /// - Returns: nil where `fill` answers nil, or the system has no memory.
  package init?(capacity: Int, fill: (UnsafeMutableRawBufferPointer) -> Int?) {
    let page = sysconf(Int32(_SC_PAGESIZE))
    let length = (capacity + page - 1) / page * page
    let start = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let start, start != MAP_FAILED else { return nil }
    // As much of it as the system allows: each is one more way out that is closed.
    madvise(start, length, MADV_DONTDUMP)
    madvise(start, length, MADV_WIPEONFORK)
    mlock(start, length)
    guard let count = fill(UnsafeMutableRawBufferPointer(start: start, count: capacity)) else {
      Self.discard(start, length)
      return nil
    }
    mprotect(start, length, PROT_READ)
    self.start = start
    self.length = length
    self.count = count
  }

  package convenience init?(copying bytes: UnsafeRawBufferPointer) {
    self.init(capacity: max(1, bytes.count)) { memory in
      memory.copyMemory(from: bytes)
      return bytes.count
    }
  }

  deinit {
    mprotect(start, length, PROT_READ | PROT_WRITE)
    Self.discard(start, length)
  }

  /// - Parameter body: keeps no copy that it does not zero.
  package func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(start: start, count: count))
  }

  package var description: String { "a secret" }
  package var customMirror: Mirror { Mirror(self, children: [:]) }

  private static func discard(_ start: UnsafeMutableRawPointer, _ length: Int) {
    explicit_bzero(start, length)
    munmap(start, length)
  }
}
