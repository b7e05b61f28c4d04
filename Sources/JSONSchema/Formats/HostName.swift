/// RFC 1123 host names, and RFC 5890 internationalised ones.
enum HostName {
  static func isHostName(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard (1...253).contains(text.count) else { return false }
    return text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
      guard isPlainLabel(label) else { return false }
      return !hasACEPrefix(label) || decoded(label) != nil
    }
  }

  /// Labels may be in Unicode, and the separators that input methods write are dots too.
  static func isInternationalHostName(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    let scalars = Array(String(decoding: text, as: UTF8.self).unicodeScalars)
    let labels = scalars.split(omittingEmptySubsequences: false) {
      ".\u{3002}\u{FF0E}\u{FF61}".unicodeScalars.contains($0)
    }
    var unicodeLabels: [[Unicode.Scalar]] = []
    var length = labels.count - 1
    for label in labels {
      guard let (unicode, encodedLength) = unicodeLabel(label) else { return false }
      unicodeLabels.append(unicode)
      length += encodedLength
    }
    guard length <= 253 else { return false }
    let isBidirectional = unicodeLabels.contains { $0.contains { BidirectionalRule.isRightToLeft($0) } }
    return !isBidirectional || unicodeLabels.allSatisfy { BidirectionalRule.allows($0) }
  }

  /// - Returns: the label in Unicode, and its length in ASCII.
  private static func unicodeLabel(_ label: ArraySlice<Unicode.Scalar>) -> ([Unicode.Scalar], Int)? {
    guard label.allSatisfy(\.isASCII) else {
      guard InternationalLabel.isValid(Array(label)), let encoded = Punycode.encoded(Array(label)),
        encoded.count + 4 <= 63
      else { return nil }
      return (Array(label), encoded.count + 4)
    }
    let bytes = label.map { UInt8($0.value) }
    guard isPlainLabel(bytes[...]) else { return nil }
    guard hasACEPrefix(bytes[...]) else { return (Array(label), bytes.count) }
    return decoded(bytes[...]).map { ($0, bytes.count) }
  }

  private static func isPlainLabel(_ label: some BidirectionalCollection<UInt8>) -> Bool {
    (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
      && label.allSatisfy { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "-") }
  }

  private static func hasACEPrefix(_ label: some Collection<UInt8>) -> Bool {
    label.count >= 4 && label.prefix(4).map { $0 | 0x20 } == Array("xn--".utf8)
  }

  /// What an `xn--` label stands for; `nil` unless that is a valid label which is encoded exactly so.
  private static func decoded(_ label: some Collection<UInt8>) -> [Unicode.Scalar]? {
    let lowercase = label.dropFirst(4).map { $0.isLetter ? $0 | 0x20 : $0 }
    guard let scalars = Punycode.decoded(lowercase), !scalars.allSatisfy(\.isASCII),
      Punycode.encoded(scalars) == lowercase, InternationalLabel.isValid(scalars)
    else { return nil }
    let isBidirectional = scalars.contains { BidirectionalRule.isRightToLeft($0) }
    return isBidirectional && !BidirectionalRule.allows(scalars) ? nil : scalars
  }
}
