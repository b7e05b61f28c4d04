import CCrypto
import JSONCodec
import Locking

/// Signs what a client only keeps for this server and brings back. A client can read it, but neither change it nor use it
/// for another request: the signature covers who asked for what.
///
/// The key lives as long as the process, as does what the state refers to.
final class RequestState: Sendable {
  private static let macBytes = 32
  private let key: [UInt8]

  init() {
    var random = SystemRandomNumberGenerator()
    key = (0..<4).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } }
  }

  /// - Parameters:
  ///   - words: what is kept.
  ///   - binding: what the request is; must be the same when it comes back.
  func sign(_ words: [UInt64], binding: [UInt8]) -> String {
    let payload = words.flatMap { word in withUnsafeBytes(of: word.bigEndian) { Array($0) } }
    return hexadecimal(payload + mac(payload, binding))
  }

  /// - Returns: the words that were signed; nil for anything else.
  func verify(_ text: String, count: Int, binding: [UInt8]) -> [UInt64]? {
    guard let bytes = unhexadecimal(text), bytes.count == count * 8 + Self.macBytes else { return nil }
    let payload = Array(bytes.dropLast(Self.macBytes))
    let expected = mac(payload, binding)
    guard CRYPTO_memcmp(expected, Array(bytes.suffix(Self.macBytes)), Self.macBytes) == 0 else { return nil }
    return stride(from: 0, to: payload.count, by: 8).map { start in
      payload[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
  }

  private func mac(_ payload: [UInt8], _ binding: [UInt8]) -> [UInt8] {
    let text = withUnsafeBytes(of: UInt64(payload.count).bigEndian) { Array($0) } + payload + binding
    var code = [UInt8](repeating: 0, count: Self.macBytes)
    var count = UInt32(0)
    let made = HMAC(EVP_sha256(), key, Int32(key.count), text, text.count, &code, &count)
    precondition(made != nil && count == Self.macBytes, "libcrypto has no HMAC with SHA-256")
    return code
  }
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
  let digits = Array("0123456789abcdef".utf8)
  return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

private func unhexadecimal(_ text: String) -> [UInt8]? {
  let digits = Array(text.utf8)
  guard digits.count % 2 == 0, digits.count <= 1024 else { return nil }
  var bytes: [UInt8] = []
  for index in stride(from: 0, to: digits.count, by: 2) {
    guard let high = value(ofDigit: digits[index]), let low = value(ofDigit: digits[index + 1]) else {
      return nil
    }
    bytes.append(high << 4 | low)
  }
  return bytes
}

/// Lower case alone: of one state there is one text.
private func value(ofDigit digit: UInt8) -> UInt8? {
  switch digit {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
  default: nil
  }
}
