import CLinux
import Glibc
import Secrets

/// Writes stars over the secrets of a request where its server sends them back: a plugin is not to read there what it
/// may only name. Finds them as they were sent, and not in another coding.
struct SecretMask {
  /// Bytes. A shorter one would be found in many an answer that has it by chance.
  static let shortest = 8

  private var secrets: [Secret] = []

  var isEmpty: Bool { secrets.isEmpty }

  mutating func add(_ secret: Secret) {
    guard secret.count >= Self.shortest, !secrets.contains(where: { $0 === secret }) else { return }
    secrets.append(secret)
  }

  /// Covers what is whole.
  ///
  /// - Returns: how many of the last bytes may be the beginning of one that goes on behind them.
  func cover(_ bytes: UnsafeMutableRawBufferPointer) -> Int {
    guard let start = bytes.baseAddress else { return 0 }
    return secrets.reduce(0) { longest, secret in
      secret.withBytes { secret in
        var from = 0
        while true {
          let found = jf_position_of(secret.baseAddress, secret.count, start + from, bytes.count - from)
          guard found >= 0 else { break }
          memset(start + from + found, Int32(UInt8(ascii: "*")), secret.count)
          from += found + secret.count
        }
        return max(longest, Self.overlap(of: UnsafeRawBufferPointer(bytes), with: secret))
      }
    }
  }

  /// How many bytes the longest end of `bytes` has that `secret` begins with.
  private static func overlap(of bytes: UnsafeRawBufferPointer, with secret: UnsafeRawBufferPointer) -> Int {
    let most = min(bytes.count, secret.count - 1)
    var end = UnsafeRawBufferPointer(rebasing: bytes.suffix(most))
    while let first = end.firstIndex(of: secret[0]) {
      end = UnsafeRawBufferPointer(rebasing: end[first...])
      if memcmp(end.baseAddress!, secret.baseAddress!, end.count) == 0 { return end.count }
      end = UnsafeRawBufferPointer(rebasing: end.dropFirst())
    }
    return 0
  }
}
