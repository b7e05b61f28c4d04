import CCrypto

/// `sha256:` and 64 hexadecimal digits.
package func sha256(of bytes: [UInt8]) -> String {
  var hash = [UInt8](repeating: 0, count: 32)
  jf_sha256(bytes, bytes.count, &hash)
  let digits = Array("0123456789abcdef".utf8)
  return "sha256:"
    + String(decoding: hash.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
