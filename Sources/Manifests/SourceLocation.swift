package import JSONCodec

/// A place in a manifest, so that whoever finds a fault later can still say where it is.
package struct SourceLocation: Sendable, Hashable {
  /// As the operator wrote it, or put together from that.
  package var file: String
  /// Counted from 1; 0 where the file as a whole is meant.
  package var line: Int
  /// Counted from 1, in characters.
  package var column: Int
  package var pointer: JSONPointer

  package init(file: String, line: Int, column: Int, pointer: JSONPointer) {
    self.file = file
    self.line = line
    self.column = column
    self.pointer = pointer
  }

  package init(file: String) { self.init(file: file, line: 0, column: 0, pointer: .root) }
}
