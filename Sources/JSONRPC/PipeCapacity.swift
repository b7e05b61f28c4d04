import Glibc

/// How much a pipe holds before its writer waits. Large messages go through a wider pipe with fewer changes between the two
/// processes.
enum PipeCapacity {
  /// What Linux gives a pipe.
  static let usual = 64 << 10
  static let enlarged = 512 << 10

  /// Only asked for when a pipe was found full: a user's share of pipe memory is limited. Where it is refused, or the
  /// descriptor is no pipe, all stays as it was.
  static func enlarge(_ descriptor: Int32) {
    let setPipeSize: Int32 = 1031  // F_SETPIPE_SZ, a macro that is not imported
    _ = fcntl(descriptor, setPipeSize, Int32(enlarged))
  }
}
