extension StringFormat {
  /// - Parameter text: valid UTF-8.
  func accepts(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    switch self {
    case .dateTime: DateAndTime.isDateTime(text)
    case .date: DateAndTime.isDate(text)
    case .time: DateAndTime.isTime(text)
    case .duration: DateAndTime.isDuration(text)
    case .email: MailAddress.isAddress(text, allowsUnicode: false)
    case .idnEmail: MailAddress.isAddress(text, allowsUnicode: true)
    case .hostname: HostName.isHostName(text)
    case .idnHostname: HostName.isInternationalHostName(text)
    case .ipv4: IPAddress.isV4(text)
    case .ipv6: IPAddress.isV6(text)
    case .uri: ResourceIdentifier.isValid(text, isInternational: false, isAbsolute: true)
    case .uriReference: ResourceIdentifier.isValid(text, isInternational: false, isAbsolute: false)
    case .iri: ResourceIdentifier.isValid(text, isInternational: true, isAbsolute: true)
    case .iriReference: ResourceIdentifier.isValid(text, isInternational: true, isAbsolute: false)
    case .uuid: Self.isUUID(text)
    case .uriTemplate: URITemplate.isValid(text)
    case .jsonPointer: Self.isPointer(text)
    case .relativeJSONPointer: Self.isRelativePointer(text)
    case .regex: Pattern.isExpression(String(decoding: text, as: UTF8.self))
    }
  }

  private static func isUUID(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard text.count == 36 else { return false }
    for (position, byte) in text.enumerated() {
      let isHyphen = position == 8 || position == 13 || position == 18 || position == 23
      guard isHyphen ? byte == UInt8(ascii: "-") : byte.isHexDigit else { return false }
    }
    return true
  }

  /// RFC 6901.
  private static func isPointer(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let first = text.first else { return true }
    guard first == UInt8(ascii: "/") else { return false }
    for (position, byte) in text.enumerated() where byte == UInt8(ascii: "~") {
      guard position + 1 < text.count, text[position + 1].isOne(of: "01") else { return false }
    }
    return true
  }

  /// draft-bhutton-relative-json-pointer, without index manipulation.
  private static func isRelativePointer(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var scanner = ByteScanner(text)
    let startsWithZero = scanner.next == UInt8(ascii: "0")
    let digits = scanner.skip { $0.isDigit }
    guard digits > 0, digits == 1 || !startsWithZero else { return false }
    if scanner.accept("#") { return scanner.isAtEnd }
    return isPointer(scanner.rest)
  }
}
