extension JSONView {
  /// In document order; empty unless this is an array.
  package var elements: JSONElements { JSONElements(array: self) }
  /// In document order, repeated keys included; empty unless this is an object.
  package var members: JSONMembers { JSONMembers(object: self) }
}

package struct JSONElements: Sequence, IteratorProtocol, Sendable {
  private let document: JSONDocument
  private var child: Int
  private let end: Int
  package let underestimatedCount: Int

  init(array: JSONView) {
    document = array.document
    child = array.index + 1
    end = array.kind == .array ? array.node.next(after: array.index) : child
    underestimatedCount = array.kind == .array ? array.count : 0
  }

  package mutating func next() -> JSONView? {
    guard child < end else { return nil }
    defer { child = document.nodes[child].next(after: child) }
    return JSONView(document: document, index: child)
  }
}

package struct JSONMembers: Sequence, IteratorProtocol, Sendable {
  private let document: JSONDocument
  private var child: Int
  private let end: Int
  package let underestimatedCount: Int

  init(object: JSONView) {
    document = object.document
    child = object.index + 1
    end = object.kind == .object ? object.node.next(after: object.index) : child
    underestimatedCount = object.kind == .object ? object.count : 0
  }

  package mutating func next() -> (key: String, value: JSONView)? {
    guard child < end else { return nil }
    let value = child + 1
    defer { child = document.nodes[value].next(after: value) }
    return (document.withTape { $0.string(at: child) }, JSONView(document: document, index: value))
  }
}
