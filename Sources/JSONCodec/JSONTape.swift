/// A parsed text, borrowed: valid only inside the closure that was given it. What is done with a value at speed is
/// done here, by index into the nodes; everybody else reads through ``JSONView``.
@frozen
public struct JSONTape: BitwiseCopyable {
  public let text: UnsafePointer<UInt8>
  public let nodes: UnsafePointer<JSONNode>
  public let count: Int

  @inlinable @inline(__always)
  public init(text: UnsafePointer<UInt8>, nodes: UnsafePointer<JSONNode>, count: Int) {
    self.text = text
    self.nodes = nodes
    self.count = count
  }

  /// Parses in memory that this thread keeps from one text to the next, and lends out the result.
  /// Not generic, so that it is compiled once and well.
  package static func withParsed(
    _ bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits = .default, _ body: (JSONTape) -> Void
  ) throws(JSONError) {
    let failure = ParserScratch.withOwn(depth: limits.maxDepth, bytes: bytes.count) { scratch -> JSONError? in
      var parser = JSONParser(limits: limits, scratch: scratch)
      do throws(JSONError) { try parser.parse(bytes) } catch { return error }
      // A text that was parsed is not empty.
      let text = bytes.baseAddress.unsafelyUnwrapped
      body(JSONTape(text: text, nodes: UnsafePointer(parser.nodes), count: parser.count))
      return nil
    }
    if let failure { throw failure }
  }

  /// The bytes between the quotes of a string or key, escapes and all; the text of any other value.
  @inlinable @inline(__always)
  public func bytes(at index: Int) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: text + Int(nodes[index].start), count: Int(nodes[index].length))
  }

  @inlinable @inline(__always)
  public func next(after index: Int) -> Int { nodes[index].next(after: index) }

  public func string(at index: Int) -> String { nodes[index].unescaped(in: text) }

  /// The number of members or elements of the container at `index`.
  @inlinable @inline(__always)
  public func count(at index: Int) -> Int { nodes[index].knownCount ?? walkedCount(at: index) }

  @usableFromInline
  func walkedCount(at index: Int) -> Int {
    let isObject = nodes[index].kind == .object
    let end = next(after: index)
    var count = 0
    var child = index + 1
    while child < end {
      count += 1
      child = next(after: isObject ? child + 1 : child)
    }
    return count
  }

  /// Index of the value of the member called `key`; of the last one, where the object has several.
  public func value(of key: UnsafeBufferPointer<UInt8>, hash: UInt32, inObjectAt object: Int) -> Int? {
    let end = next(after: object)
    let takesLast = nodes[object].hasDuplicateKeys
    var found: Int?
    var child = object + 1
    while child < end {
      if nodes[child].keyHash == hash, isKey(at: child, equalTo: key) {
        found = child + 1
        if !takesLast { return found }
      }
      child = next(after: child + 1)
    }
    return found
  }

  @inlinable @inline(__always)
  public func isKey(at index: Int, equalTo key: UnsafeBufferPointer<UInt8>) -> Bool {
    let node = nodes[index]
    if node.hasEscapes { return string(at: index).utf8.elementsEqual(key) }
    return equalBytes(bytes(at: index), key)
  }
}

@inlinable @inline(__always)
public func equalBytes(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
  guard left.count == right.count else { return false }
  guard let a = left.baseAddress, let b = right.baseAddress else { return true }
  if left.count <= 16 { return equalShort(UnsafeRawPointer(a), UnsafeRawPointer(b), count: left.count) }
  return compareLong(a, b, count: left.count) == 0
}

/// Two overlapping words instead of a call: most keys have at most 16 bytes.
@inlinable @inline(__always)
func equalShort(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, count: Int) -> Bool {
  if count >= 8 {
    return a.loadUnaligned(as: UInt64.self) == b.loadUnaligned(as: UInt64.self)
      && a.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
        == b.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
  }
  if count >= 4 {
    return a.loadUnaligned(as: UInt32.self) == b.loadUnaligned(as: UInt32.self)
      && a.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
        == b.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
  }
  var offset = 0
  while offset < count {
    if a.load(fromByteOffset: offset, as: UInt8.self) != b.load(fromByteOffset: offset, as: UInt8.self) {
      return false
    }
    offset &+= 1
  }
  return true
}

extension JSONTape {
  public func isKey(at index: Int, equalTo key: String) -> Bool {
    var key = key
    return key.withUTF8 { isKey(at: index, equalTo: $0) }
  }

  /// Lends the value of a string or key; only one with escapes costs a copy.
  @inlinable @inline(__always)
  public func withUnescaped<Result>(at index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    guard nodes[index].hasEscapes else { return body(bytes(at: index)) }
    var text = string(at: index)
    return text.withUTF8(body)
  }
}
