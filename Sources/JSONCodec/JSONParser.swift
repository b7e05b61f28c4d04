/// Turns a text into a tape of nodes: one pass, no recursion, no allocation beyond the tape.
/// Accepts RFC 8259 and nothing else.
struct JSONParser: ~Copyable {
  private let limits: JSONLimits
  private let scratch: UnsafeMutablePointer<ParserScratch>
  private let seed = JSONKeyHash.seed
  private(set) var count = 0
  /// Byte offset of the first key found to repeat an earlier one of the same object.
  private(set) var duplicateKeyOffset: Int?

  init(limits: JSONLimits, scratch: UnsafeMutablePointer<ParserScratch>) {
    self.limits = limits
    self.scratch = scratch
  }

  var nodes: UnsafeMutablePointer<JSONNode> { scratch.pointee.nodes }

  mutating func parse(_ text: UnsafeBufferPointer<UInt8>) throws(JSONError) {
    var cursor = TextCursor(text)
    let end = cursor.end
    guard end <= limits.maxBytes else { throw cursor.failure(.tooLarge, at: limits.maxBytes) }
    if end >= 3, text[0] == 0xEF, text[1] == 0xBB, text[2] == 0xBF {
      throw cursor.failure(.byteOrderMark, at: 0)
    }
    cursor.skipWhitespace()
    try parseValues(&cursor)
    cursor.skipWhitespace()
    guard cursor.isAtEnd else { throw cursor.failure(.trailingContent, at: cursor.at) }
  }

  /// Each round reads the start of one value, and then as many ends of containers as follow it.
  private mutating func parseValues(_ place: inout TextCursor) throws(JSONError) {
    // A local copy lives in registers, which an inout argument cannot.
    var cursor = place
    defer { place = cursor }
    var depth = 0
    while true {
      guard !cursor.isAtEnd else { throw cursor.unexpected() }
      switch cursor.byte {
      case UInt8(ascii: "\""): append(try cursor.readString())
      case UInt8(ascii: "{"):
        try open(.object, &cursor, &depth)
        guard !cursor.isAtEnd else { throw cursor.unexpected() }
        if cursor.byte != UInt8(ascii: "}") {
          try readKey(&cursor, depth)
          continue
        }
        try close(&cursor, &depth)
      case UInt8(ascii: "["):
        try open(.array, &cursor, &depth)
        guard !cursor.isAtEnd else { throw cursor.unexpected() }
        if cursor.byte != UInt8(ascii: "]") { continue }
        try close(&cursor, &depth)
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): append(try cursor.readNumber())
      case UInt8(ascii: "t"):
        append(try cursor.readLiteral("true", word: UInt32(JSONKind.bool.rawValue) | JSONNode.mark))
      case UInt8(ascii: "f"): append(try cursor.readLiteral("false", word: UInt32(JSONKind.bool.rawValue)))
      case UInt8(ascii: "n"): append(try cursor.readLiteral("null", word: UInt32(JSONKind.null.rawValue)))
      default: throw cursor.unexpected()
      }
      guard try continues(&cursor, &depth) else { return }
    }
  }

  /// Reads the comma or the closing brackets after a value, and the key of the next member.
  /// - Returns: whether another value has to follow.
  @inline(__always)
  private mutating func continues(_ cursor: inout TextCursor, _ depth: inout Int) throws(JSONError) -> Bool {
    while depth > 0 {
      let container = scratch.pointee.open + depth
      let isObject = container.pointee.isObject
      container.pointee.count &+= 1
      cursor.skipWhitespace()
      guard !cursor.isAtEnd else { throw cursor.unexpected() }
      if cursor.byte == UInt8(ascii: ",") {
        cursor.at &+= 1
        cursor.skipWhitespace()
        if isObject { try readKey(&cursor, depth) }
        return true
      }
      guard cursor.byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
        throw cursor.unexpected()
      }
      try close(&cursor, &depth)
    }
    return false
  }

  @inline(__always)
  private mutating func append(_ node: JSONNode) {
    if count == scratch.pointee.nodeCapacity { scratch.pointee.growNodes(keeping: count) }
    (scratch.pointee.nodes + count).initialize(to: node)
    count &+= 1
  }

  @inline(__always)
  private mutating func readKey(_ cursor: inout TextCursor, _ depth: Int) throws(JSONError) {
    guard !cursor.isAtEnd, cursor.byte == UInt8(ascii: "\"") else { throw cursor.unexpected() }
    var node = try cursor.readString()
    if node.hasEscapes {
      node.extra = hashOfEscaped(node, cursor.text)
    } else {
      node.extra = JSONKeyHash.of(cursor.text + Int(node.start), count: Int(node.length), seed: seed)
    }
    append(node)
    (scratch.pointee.open + depth).pointee.note(node.extra)
    cursor.skipWhitespace()
    guard !cursor.isAtEnd, cursor.byte == UInt8(ascii: ":") else { throw cursor.unexpected() }
    cursor.at &+= 1
    cursor.skipWhitespace()
  }

  @inline(never)
  private func hashOfEscaped(_ node: JSONNode, _ text: UnsafePointer<UInt8>) -> UInt32 {
    JSONKeyHash.of(node.unescaped(in: text))
  }

  @inline(__always)
  private mutating func open(_ kind: JSONKind, _ cursor: inout TextCursor, _ depth: inout Int)
    throws(JSONError)
  {
    guard depth < limits.maxDepth else { throw cursor.failure(.tooDeep, at: cursor.at) }
    depth &+= 1
    (scratch.pointee.open + depth).initialize(to: OpenContainer(index: count, isObject: kind == .object))
    append(cursor.node(UInt32(kind.rawValue), from: cursor.at, extra: 0))
    cursor.at &+= 1
    cursor.skipWhitespace()
  }

  @inline(__always)
  private mutating func close(_ cursor: inout TextCursor, _ depth: inout Int) throws(JSONError) {
    cursor.at &+= 1
    let container = (scratch.pointee.open + depth).pointee
    depth &-= 1
    let node = nodes + container.index
    node.pointee.length = UInt32(truncatingIfNeeded: cursor.at) &- node.pointee.start
    node.pointee.extra = UInt32(truncatingIfNeeded: count)
    // Saturates: 24 bits count any text up to 32 MiB, and readers of larger ones count for themselves.
    node.pointee.word |= min(container.count, 0xFF_FFFF) << 8
    if container.mayRepeatKeys { try checkKeys(ofObjectAt: container.index, cursor) }
  }

  @inline(never)
  private mutating func checkKeys(ofObjectAt index: Int, _ cursor: TextCursor) throws(JSONError) {
    let tape = JSONTape(text: cursor.text, nodes: UnsafePointer(nodes), count: count)
    guard let key = tape.firstDuplicateKey(ofObjectAt: index) else { return }
    let offset = Int(nodes[key].start) - 1
    guard limits.allowsDuplicateKeys else { throw cursor.failure(.duplicateKey, at: offset) }
    nodes[index].word |= JSONNode.mark
    duplicateKeyOffset = min(duplicateKeyOffset ?? offset, offset)
  }
}
