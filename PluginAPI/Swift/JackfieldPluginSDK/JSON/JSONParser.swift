/// Why a text is no JSON.
struct JSONSyntaxError: Error, Equatable {
  let reason: String
  /// In bytes from the beginning.
  let offset: Int
}

/// Turns a text into nodes: RFC 8259 and nothing else, in one pass without recursion.
///
/// The byte after the text is 0, which no rule allows: nothing here asks whether the end has come before it reads.
struct JSONParser: ~Copyable {
  /// Containers within containers. Codable types are as deep as their values, and so is their stack.
  static let deepest = 512
  /// Offsets have 32 bits.
  static let largest = Int(Int32.max)

  let text: UnsafePointer<UInt8>
  let end: Int
  var at = 0
  private(set) var nodes: UnsafeMutablePointer<JSONNode>
  private(set) var count = 0
  private var capacity: Int

  /// - Parameters:
  ///   - text: followed by a byte 0.
  ///   - end: the bytes before that.
  init(_ text: UnsafePointer<UInt8>, end: Int) {
    self.text = text
    self.end = end
    capacity = end / 8 + 8
    nodes = .allocate(capacity: capacity)
  }

  /// The nodes are the caller's to free, whether this throws or not. The last one is a null that belongs to nothing.
  mutating func parse() throws(JSONSyntaxError) {
    guard end <= Self.largest else { throw failure("too long") }
    skipWhitespace()
    try readValues()
    skipWhitespace()
    guard at == end else { throw failure("something follows the value") }
    append(.null, from: end)
    count -= 1
  }

  /// Each round reads the beginning of one value, and then as many ends of containers as follow it.
  private mutating func readValues() throws(JSONSyntaxError) {
    var open: UInt32 = 0
    var depth = 0
    while true {
      switch text[at] {
      case UInt8(ascii: "\""): try readString()
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        let isObject = text[at] == UInt8(ascii: "{")
        depth += 1
        guard depth <= Self.deepest else { throw failure("nested deeper than \(Self.deepest)") }
        append(isObject ? .object : .array, from: 0, next: open)
        open = UInt32(truncatingIfNeeded: count - 1)
        at += 1
        skipWhitespace()
        if text[at] != (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
          if isObject { try readKey() }
          continue
        }
        close(&open, &depth)
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try readNumber()
      case UInt8(ascii: "t"): try readLiteral("true", .true)
      case UInt8(ascii: "f"): try readLiteral("false", .false)
      case UInt8(ascii: "n"): try readLiteral("null", .null)
      default: throw unexpected("a value")
      }
      guard try continues(&open, &depth) else { return }
    }
  }

  /// Reads the comma or the closing brackets after a value, and the key of the next member.
  /// - Returns: whether another value has to follow.
  private mutating func continues(_ open: inout UInt32, _ depth: inout Int) throws(JSONSyntaxError) -> Bool {
    while depth > 0 {
      let isObject = nodes[Int(open)].kind == .object
      nodes[Int(open)].length += 1
      skipWhitespace()
      if text[at] == UInt8(ascii: ",") {
        at += 1
        skipWhitespace()
        if isObject { try readKey() }
        return true
      }
      guard text[at] == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
        throw unexpected(isObject ? "a comma or }" : "a comma or ]")
      }
      close(&open, &depth)
    }
    return false
  }

  private mutating func close(_ open: inout UInt32, _ depth: inout Int) {
    at += 1
    depth -= 1
    let outer = nodes[Int(open)].next
    nodes[Int(open)].next = UInt32(truncatingIfNeeded: count)
    open = outer
  }

  private mutating func readKey() throws(JSONSyntaxError) {
    guard text[at] == UInt8(ascii: "\"") else { throw unexpected("a key") }
    try readString()
    skipWhitespace()
    guard text[at] == UInt8(ascii: ":") else { throw unexpected("a colon") }
    at += 1
    skipWhitespace()
  }

  private mutating func readLiteral(
    _ literal: StaticString, _ kind: JSONNode.Kind
  ) throws(JSONSyntaxError) {
    let start = at
    for offset in 0..<literal.utf8CodeUnitCount {
      guard text[at] == literal.utf8Start[offset] else { throw unexpected("a value") }
      at += 1
    }
    append(kind, from: start)
  }

  @inline(__always)
  mutating func skipWhitespace() {
    while text[at] <= 0x20 {
      let byte = text[at]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      at += 1
    }
  }

  /// Appends the node of what was read since `start`; a container has no length yet.
  @inline(__always)
  mutating func append(_ kind: JSONNode.Kind, from start: Int, next: UInt32 = 0, isMarked: Bool = false) {
    if count == capacity { grow() }
    let isContainer = kind == .array || kind == .object
    (nodes + count).initialize(
      to: JSONNode(
        start: UInt32(truncatingIfNeeded: start),
        length: isContainer ? 0 : UInt32(truncatingIfNeeded: at - start), next: next, kind: kind,
        isMarked: isMarked))
    count += 1
  }

  @inline(never)
  private mutating func grow() {
    let larger = UnsafeMutablePointer<JSONNode>.allocate(capacity: capacity * 2)
    larger.moveInitialize(from: nodes, count: count)
    nodes.deallocate()
    nodes = larger
    capacity *= 2
  }

  @inline(never)
  func failure(_ reason: String) -> JSONSyntaxError { JSONSyntaxError(reason: reason, offset: at) }

  @inline(never)
  func unexpected(_ expected: String) -> JSONSyntaxError {
    failure(at == end ? "it ends too early" : "expected \(expected)")
  }
}
