/// One value or key of a parsed text, in document order: a container is followed by its contents, a key by its value.
struct JSONNode: BitwiseCopyable {
  enum Kind: UInt8 { case null, `false`, `true`, number, string, array, object }

  /// Scalars and keys: byte offset; of a string, after the quote. Objects: the key that was found last; 0 before.
  var start: UInt32
  /// Scalars and keys: bytes, of a string without the quotes. Containers: elements or members.
  var length: UInt32
  /// Containers: index of the first node after the contents; while one is open, of the container around it.
  var next: UInt32
  var kind: Kind
  /// A string: it has escapes. A number: it has a fraction or an exponent. An object: its members were not asked for in
  /// the order that they stand in.
  var isMarked: Bool

  var isContainer: Bool { kind == .array || kind == .object }

  /// What it is, for people.
  var name: String {
    switch kind {
    case .null: "null"
    case .false, .true: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "a list"
    case .object: "an object"
    }
  }
}
