import Glibc
import PluginFiles

/// Reports of plugins that came through the probe, a file for each digest, so that an unchanged plugin is probed once.
/// Keeps only good news: what failed is tried again, because the machine may have been the reason.
struct VerdictCache: Sendable {
  /// Belongs to the host. Made where it is missing.
  let folder: String

  /// - Returns: nil for a report that is missing, cannot be read, or that somebody else could have written.
  func report(for digest: String) -> [UInt8]? {
    let file = OwnedDescriptor(open(path(of: digest), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK))
    var status = stat()
    let othersMayWrite = S_IWGRP | S_IWOTH
    guard file.number >= 0, fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_uid == geteuid(), status.st_mode & othersMayWrite == 0, status.st_size <= ProbeReport.largest
    else { return nil }
    let size = Int(status.st_size)
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = max(0, read(file.number, buffer.baseAddress, size))
    }
    return bytes.count == size ? bytes : nil
  }

  /// All or nothing, also when the power fails in between: a torn report does not parse.
  ///
  /// - Returns: why it could not be kept, nil where it was.
  func keep(_ report: [UInt8], for digest: String) -> String? {
    if mkdir(folder, 0o700) < 0, errno != EEXIST { return "\(folder): \(textOfError(errno))" }
    let temporary = path(of: digest) + ".\(getpid())"
    unlink(temporary)
    let file = OwnedDescriptor(open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600))
    guard file.number >= 0 else { return "\(temporary): \(textOfError(errno))" }
    guard write(file.number, report, report.count) == report.count, rename(temporary, path(of: digest)) == 0
    else {
      defer { unlink(temporary) }
      return "\(temporary): \(textOfError(errno))"
    }
    return nil
  }

  private func path(of digest: String) -> String {
    "\(folder)/\(digest.split(separator: ":").last ?? "")"
  }
}
