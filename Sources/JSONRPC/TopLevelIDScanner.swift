import JSONCodec

/// Finds the member `id` of the outermost object of a text that is not parsed: because it is too long to be kept, or is
/// not accepted. Takes the text in pieces and keeps next to nothing of it.
struct TopLevelIDScanner: Sendable {
  private static let maxIDBytes = 1024

  private var depth = 0
  private var isInString = false
  private var isEscaped = false
  /// In the outermost object, before a colon.
  private var isAtKey = false
  private var key: [UInt8] = []
  private var value: [UInt8]?
  private var found: RequestID?
  private var isOver = false

  /// The id of a text that ended here; nil where it has none, or where what is there cannot be one.
  var id: RequestID? { isOver ? found : nil }

  static func id(of text: [UInt8]) -> RequestID? {
    var scanner = TopLevelIDScanner()
    scanner.scan(text)
    return scanner.id
  }

  mutating func scan(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { scan(byte) }
  }

  private mutating func scan(_ byte: UInt8) {
    if isInString {
      scanString(byte)
      return
    }
    switch byte {
    case UInt8(ascii: "\""):
      isInString = true
      if depth == 1, isAtKey { key.removeAll(keepingCapacity: true) }
      keep(byte)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      depth += 1
      isAtKey = depth == 1 && byte == UInt8(ascii: "{") && !isOver
      keep(byte)
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      if depth == 1 { endMember() }
      depth -= 1
      if depth == 0 { isOver = true }
      keep(byte)
    case UInt8(ascii: ",") where depth == 1:
      endMember()
      isAtKey = true
    case UInt8(ascii: ":") where depth == 1 && isAtKey:
      isAtKey = false
      if key.elementsEqual("id".utf8), found == nil { value = [] }
    default: keep(byte)
    }
  }

  private mutating func scanString(_ byte: UInt8) {
    if isEscaped {
      isEscaped = false
    } else if byte == UInt8(ascii: "\\") {
      isEscaped = true
    } else if byte == UInt8(ascii: "\"") {
      isInString = false
      keep(byte)
      return
    }
    if depth == 1, isAtKey, key.count < 8 { key.append(byte) }
    keep(byte)
  }

  private mutating func keep(_ byte: UInt8) {
    guard value != nil else { return }
    value?.append(byte)
    if value!.count > Self.maxIDBytes { value = nil }  // checked to be there
  }

  private mutating func endMember() {
    guard let bytes = value.take() else { return }
    guard let document = try? JSONDocument(parsing: bytes) else { return }  // whatever it is, it is no id
    found = RequestID(document.root)
  }
}
