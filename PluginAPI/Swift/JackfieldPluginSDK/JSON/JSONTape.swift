internal import Glibc

/// A parsed text. It owns a copy of the bytes, so that a `Decoder` may outlive the call that it was made for.
@usableFromInline
final class JSONTape {
  let text: UnsafePointer<UInt8>
  private let nodes: UnsafeMutablePointer<JSONNode>
  /// One more is there, which belongs to nothing: a null.
  let count: Int
  /// Of objects that are large and not read in order: where the values of their members are.
  private var indexes: [Int: [String: Int]] = [:]

  /// - Throws: `DecodingError.dataCorrupted`, with what is wrong and where.
  @usableFromInline
  init(parsing json: UnsafeRawBufferPointer) throws(DecodingError) {
    let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: json.count + 1)
    if let start = json.baseAddress { memcpy(copy, start, json.count) }
    copy[json.count] = 0
    var parser = JSONParser(copy, end: json.count)
    var failure: JSONSyntaxError?
    do { try parser.parse() } catch { failure = error }
    text = UnsafePointer(copy)
    nodes = parser.nodes
    count = parser.count
    if let failure {
      throw .dataCorrupted(
        .init(codingPath: [], debugDescription: "no JSON: \(failure.reason) at byte \(failure.offset)"))
    }
  }

  deinit {
    text.deallocate()
    nodes.deallocate()
  }

  subscript(_ index: Int) -> JSONNode {
    @inline(__always) get { nodes[index] }
  }

  /// The index after the value at `index`.
  @inline(__always)
  func end(of index: Int) -> Int { nodes[index].isContainer ? Int(nodes[index].next) : index + 1 }

  /// Where the value of a member is; of several with one name, that of the first.
  ///
  /// Members are mostly asked for in the order that they stand in: the key after the one found last is looked at first.
  func value(of key: String, in object: Int) -> Int? {
    var key = key
    return key.withUTF8 { name in
      let node = nodes[object]
      let last = Int(node.start)
      if last != 0, matches(last, name) { return last + 1 }
      if !node.isMarked {
        let next = last == 0 ? object + 1 : end(of: last + 1)
        if next < node.next, matches(next, name) { return found(next, in: object) }
      }
      return search(name, in: object)
    }
  }

  @inline(__always)
  private func found(_ key: Int, in object: Int) -> Int {
    nodes[object].start = UInt32(truncatingIfNeeded: key)
    return key + 1
  }

  private func search(_ name: UnsafeBufferPointer<UInt8>, in object: Int) -> Int? {
    let node = nodes[object]
    if node.isMarked, node.length > 64 { return index(of: object)[String(decoding: name, as: UTF8.self)] }
    var key = object + 1
    while key < node.next {
      if matches(key, name) {
        nodes[object].isMarked = true
        return found(key, in: object)
      }
      key = end(of: key + 1)
    }
    return nil
  }

  private func index(of object: Int) -> [String: Int] {
    if let index = indexes[object] { return index }
    var index: [String: Int] = [:]
    forEachKey(of: object) { key in
      let name = string(key)
      if index[name] == nil { index[name] = key + 1 }
    }
    indexes[object] = index
    return index
  }

  func forEachKey(of object: Int, _ body: (Int) -> Void) {
    var key = object + 1
    while key < nodes[object].next {
      body(key)
      key = end(of: key + 1)
    }
  }

  @inline(__always)
  private func matches(_ key: Int, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
    let node = nodes[key]
    if node.isMarked { return string(key).utf8.elementsEqual(name) }
    guard Int(node.length) == name.count, let start = name.baseAddress else {
      return node.length == 0 && name.isEmpty
    }
    return memcmp(text + Int(node.start), start, name.count) == 0
  }
}
