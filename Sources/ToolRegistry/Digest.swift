import CCrypto

/// `sha256:` and 64 hexadecimal digits.
package func sha256(of bytes: [UInt8]) -> String {
  var hash = [UInt8](repeating: 0, count: 32)
  precondition(EVP_Digest(bytes, bytes.count, &hash, nil, EVP_sha256(), nil) == 1, "libcrypto has no SHA-256")
  let digits = Array("0123456789abcdef".utf8)
  return "sha256:"
    + String(decoding: hash.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
