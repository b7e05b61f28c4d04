/// An object or a list that is being written, or was.
struct JSONContainer {
  enum Kind: UInt8 {
    case object, array
    /// An object whose members are put in order by name: its type has no order of its own.
    case dictionary
  }

  var kind: Kind
  var isClosed = false
  /// The container around it; -1 for the outermost.
  var parent: Int
  var count = 0
  /// Where the text of the last member begins, for messages.
  var last = 0
  /// Once closed: where the bracket is that closes it.
  var end = 0
  /// Of a dictionary: the first of its entries in `JSONOutput.members`.
  var members = 0
}

/// A member of a dictionary: from its key's opening quote on.
struct JSONMember {
  var start: Int
  var keyEnd = 0
}
