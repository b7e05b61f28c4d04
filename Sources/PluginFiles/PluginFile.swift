import CCrypto
import Glibc
package import ToolContracts

/// The bytes of a plugin, read once: what is checked, probed and loaded is these and not what the path names later.
package struct PluginFile: Sendable {
  package static let largest = 256 << 20

  package let bytes: [UInt8]
  /// `sha256:` and 64 hexadecimal digits.
  package let digest: String

  package init(reading path: String) throws(PluginFailure) {
    bytes = try Self.read(path)
    digest = Self.digest(of: bytes)
  }

  private static func read(_ path: String) throws(PluginFailure) -> [UInt8] {
    // Non-blocking: opening a named pipe would otherwise wait for somebody who writes to it.
    let file = OwnedDescriptor(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY))
    guard file.number >= 0 else { throw unreadable(textOfError(errno)) }
    var status = stat()
    guard fstat(file.number, &status) == 0 else { throw unreadable(textOfError(errno)) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw unreadable("it is not a regular file") }
    guard status.st_size <= largest else { throw unreadable("it is larger than \(largest >> 20) MiB") }
    return try read(file.number, expecting: Int(status.st_size))
  }

  /// - Parameter size: what the file had a moment ago. One that shrank ends early and is found to be truncated.
  private static func read(_ file: Int32, expecting size: Int) throws(PluginFailure) -> [UInt8] {
    var problem: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let received = Glibc.read(file, buffer.baseAddress! + count, size - count)
        if received < 0 && errno == EINTR { continue }
        if received < 0 { problem = errno }
        if received <= 0 { return }
        count += received
      }
    }
    guard problem == 0 else { throw unreadable(textOfError(problem)) }
    return bytes
  }

  private static func digest(of bytes: [UInt8]) -> String {
    var hash = [UInt8](repeating: 0, count: 32)
    jf_sha256(bytes, bytes.count, &hash)
    let digits = Array("0123456789abcdef".utf8)
    return "sha256:"
      + String(
        decoding: hash.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  private static func unreadable(_ reason: String) -> PluginFailure {
    PluginFailure(.unreadable, "cannot be read: \(reason).")
  }
}
