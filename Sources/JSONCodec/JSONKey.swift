/// A name compared as JSON compares names: code point by code point. `String` takes "é" and "e" + accent for the
/// same, and a look-up by `String` would find a member that is not there.
struct JSONKey: Hashable, Sendable {
  let name: String

  init(_ name: String) { self.name = name }

  static func == (left: JSONKey, right: JSONKey) -> Bool { areSameText(left.name, right.name) }

  func hash(into hasher: inout Hasher) {
    var name = name
    name.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    hasher.combine(0xFF as UInt8)
  }
}

/// Equality of code points, where `String`'s is canonical equivalence.
package func areSameText(_ left: String, _ right: String) -> Bool {
  left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8)
}
