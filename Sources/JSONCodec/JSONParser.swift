/// Turns a text into a tape of nodes: one pass, no recursion, no allocation beyond the tape.
/// Accepts RFC 8259 and nothing else.
struct JSONParser: ~Copyable {
  let text: UnsafePointer<UInt8>
  let end: Int
  var at = 0
  var tape: NodeBuffer
  private let limits: JSONLimits
  private let seed = JSONKeyHash.seed
  private var depth = 0
  /// Index of the innermost open container; its `extra` holds the one around it.
  private var open = 0
  /// Byte offset of the first key found to repeat an earlier one of the same object.
  private(set) var duplicateKeyOffset: Int?

  init(_ text: UnsafeBufferPointer<UInt8>, limits: JSONLimits, scratch: UnsafeMutableBufferPointer<JSONNode>)
  {
    // An empty buffer may have no address, but `end` is then 0 and nothing is read through the pointer.
    self.text = text.baseAddress ?? UnsafePointer(bitPattern: 1).unsafelyUnwrapped
    end = text.count
    self.limits = limits
    tape = NodeBuffer(scratch: scratch)
  }

  func failure(_ code: JSONError.Code, at offset: Int) -> JSONError {
    JSONError(code, at: offset, in: UnsafeBufferPointer(start: text, count: end))
  }

  /// For a byte that cannot be here: it is either the wrong one or missing.
  func unexpected(at offset: Int) -> JSONError {
    failure(offset < end ? .unexpectedCharacter : .unexpectedEnd, at: offset)
  }

  mutating func parse() throws(JSONError) {
    guard end <= limits.maxBytes else { throw failure(.tooLarge, at: limits.maxBytes) }
    if end >= 3, text[0] == 0xEF, text[1] == 0xBB, text[2] == 0xBF { throw failure(.byteOrderMark, at: 0) }
    skipWhitespace()
    try parseValues()
    skipWhitespace()
    guard at == end else { throw failure(.trailingContent, at: at) }
  }

  /// Each round reads the start of one value, and then as many ends of containers as follow it.
  private mutating func parseValues() throws(JSONError) {
    while true {
      guard at < end else { throw failure(.unexpectedEnd, at: at) }
      switch text[at] {
      case UInt8(ascii: "\""):
        at &+= 1
        try parseString(isKey: false)
      case UInt8(ascii: "{"):
        try openContainer(.object)
        guard at < end else { throw failure(.unexpectedEnd, at: at) }
        if text[at] != UInt8(ascii: "}") {
          try parseKey()
          continue
        }
        try closeContainer()
      case UInt8(ascii: "["):
        try openContainer(.array)
        guard at < end else { throw failure(.unexpectedEnd, at: at) }
        if text[at] != UInt8(ascii: "]") { continue }
        try closeContainer()
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        try parseNumber()
      case UInt8(ascii: "t"):
        try parseLiteral("true", word: UInt32(JSONKind.bool.rawValue) | JSONNode.mark)
      case UInt8(ascii: "f"):
        try parseLiteral("false", word: UInt32(JSONKind.bool.rawValue))
      case UInt8(ascii: "n"):
        try parseLiteral("null", word: UInt32(JSONKind.null.rawValue))
      default:
        throw failure(.unexpectedCharacter, at: at)
      }
      guard try continuesAfterValue() else { return }
    }
  }

  /// Reads the comma or the closing brackets after a value, and the key of the next member.
  /// - Returns: whether another value has to follow.
  private mutating func continuesAfterValue() throws(JSONError) -> Bool {
    while depth > 0 {
      let isObject = tape.nodes[open].kind == .object
      countMember()
      skipWhitespace()
      guard at < end else { throw failure(.unexpectedEnd, at: at) }
      let byte = text[at]
      if byte == UInt8(ascii: ",") {
        at &+= 1
        skipWhitespace()
        if isObject { try parseKey() }
        return true
      }
      guard byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { throw unexpected(at: at) }
      try closeContainer()
    }
    return false
  }

  private mutating func openContainer(_ kind: JSONKind) throws(JSONError) {
    guard depth < limits.maxDepth else { throw failure(.tooDeep, at: at) }
    depth &+= 1
    let index = tape.count
    tape.append(
      JSONNode(
        word: UInt32(kind.rawValue), start: UInt32(truncatingIfNeeded: at), length: 0,
        extra: UInt32(truncatingIfNeeded: open)))
    open = index
    at &+= 1
    skipWhitespace()
  }

  private mutating func closeContainer() throws(JSONError) {
    at &+= 1
    depth &-= 1
    let index = open
    open = Int(tape.nodes[index].extra)
    tape.nodes[index].length = UInt32(truncatingIfNeeded: at) &- tape.nodes[index].start
    tape.nodes[index].extra = UInt32(truncatingIfNeeded: tape.count)
    if tape.nodes[index].kind == .object, tape.nodes[index].word >= 2 * JSONNode.oneMember {
      try checkKeys(ofObjectAt: index)
    }
  }

  /// Saturates: 24 bits count any text up to 32 MiB, and readers of larger ones count for themselves.
  @inline(__always)
  private func countMember() {
    if tape.nodes[open].word < JSONNode.memberBits { tape.nodes[open].word &+= JSONNode.oneMember }
  }

  private mutating func checkKeys(ofObjectAt index: Int) throws(JSONError) {
    let borrowed = JSONTape(text: text, nodes: UnsafePointer(tape.nodes), count: tape.count)
    guard let key = borrowed.firstDuplicateKey(ofObjectAt: index) else { return }
    let offset = Int(tape.nodes[key].start) - 1
    guard limits.allowsDuplicateKeys else { throw failure(.duplicateKey, at: offset) }
    tape.nodes[index].word |= JSONNode.mark
    duplicateKeyOffset = min(duplicateKeyOffset ?? offset, offset)
  }

  private mutating func parseKey() throws(JSONError) {
    guard at < end, text[at] == UInt8(ascii: "\"") else { throw unexpected(at: at) }
    at &+= 1
    let index = tape.count
    try parseString(isKey: true)
    hashKey(at: index)
    skipWhitespace()
    guard at < end, text[at] == UInt8(ascii: ":") else { throw unexpected(at: at) }
    at &+= 1
    skipWhitespace()
  }

  @inline(__always)
  private func hashKey(at index: Int) {
    let node = tape.nodes[index]
    if node.hasEscapes {
      tape.nodes[index].extra = JSONKeyHash.of(node.unescaped(in: text))
    } else {
      tape.nodes[index].extra = JSONKeyHash.of(text + Int(node.start), count: Int(node.length), seed: seed)
    }
  }

  private mutating func parseLiteral(_ literal: StaticString, word: UInt32) throws(JSONError) {
    let start = at
    for offset in 0..<literal.utf8CodeUnitCount {
      guard at < end, text[at] == literal.utf8Start[offset] else { throw unexpected(at: at) }
      at &+= 1
    }
    tape.append(
      JSONNode(
        word: word, start: UInt32(truncatingIfNeeded: start), length: UInt32(truncatingIfNeeded: at &- start),
        extra: 0))
  }

  @inline(__always)
  private mutating func skipWhitespace() {
    while at < end {
      let byte = text[at]
      // Almost every byte met here is above the space: one comparison for the common case.
      guard byte <= 0x20, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      at &+= 1
    }
  }
}
