/// One value inside a document, read in place: strings and numbers are made only when asked for.
/// It keeps its document alive.
package struct JSONView: Sendable {
  package let document: JSONDocument
  /// Index into the document's tape.
  package let index: Int

  init(document: JSONDocument, index: Int) {
    self.document = document
    self.index = index
  }

  var node: JSONNode { document.nodes[index] }

  package var kind: JSONKind { node.kind }
  package var isNull: Bool { kind == .null }
  package var bool: Bool? { kind == .bool ? node.isTrue : nil }

  /// `nil` unless this is a string.
  package var string: String? {
    guard kind == .string else { return nil }
    return document.withTape { $0.string(at: index) }
  }

  /// Exact integers only, however they are written: `1.0` and `1e2` are, `1.5` and 2^63 are not.
  package var int: Int64? {
    guard kind == .number else { return nil }
    if let small = node.smallInteger { return small }
    return document.withTape { DecimalText($0.bytes(at: index)).int64 }
  }

  /// The nearest double; `nil` for a number beyond the range of doubles, which ``numberText`` still has.
  package var double: Double? {
    guard kind == .number else { return nil }
    return document.withTape { DecimalText($0.bytes(at: index)).double }
  }

  /// A number exactly as it is written.
  package var numberText: String? { kind == .number ? rawText : nil }

  /// Elements of an array, members of an object, otherwise 0.
  package var count: Int {
    guard node.isContainer else { return 0 }
    return document.withTape { $0.count(at: index) }
  }

  /// The member called `key`, names compared code point by code point; the last one where there are several.
  package subscript(_ key: String) -> JSONView? {
    guard kind == .object else { return nil }
    var key = key
    let hash = JSONKeyHash.of(key)
    let value = key.withUTF8 { key in
      document.withTape { $0.value(of: key, hash: hash, inObjectAt: index) }
    }
    return value.map { JSONView(document: document, index: $0) }
  }

  /// The element at `position`, counted from 0. Takes time in proportion to `position`: iterate ``elements`` instead
  /// of counting up.
  package subscript(_ position: Int) -> JSONView? {
    guard kind == .array, position >= 0, position < count else { return nil }
    var child = index + 1
    for _ in 0..<position { child = document.nodes[child].next(after: child) }
    return JSONView(document: document, index: child)
  }

  package subscript(pointer: JSONPointer) -> JSONView? {
    var view = self
    for token in pointer.tokens {
      let child: JSONView? =
        switch view.kind {
        case .object: view[token]
        case .array: JSONPointer.arrayIndex(token).flatMap { view[$0] }
        default: nil
        }
      guard let child else { return nil }
      view = child
    }
    return view
  }

  /// The value's own text, for passing it on unread.
  package var rawBytes: ArraySlice<UInt8> {
    let node = node
    let quote = node.kind == .string ? 1 : 0
    return document.bytes[Int(node.start) - quote..<Int(node.start) + Int(node.length) + quote]
  }

  package var rawText: String { String(decoding: rawBytes, as: UTF8.self) }

  /// The same as an editable tree.
  package var value: JSONValue {
    switch kind {
    case .null: .null
    case .bool: .bool(node.isTrue)
    case .number: .number(JSONNumber(checked: rawText))
    case .string: .string(string ?? "")
    case .array: .array(elements.map(\.value))
    case .object: .object(JSONObject(members))
    }
  }
}
