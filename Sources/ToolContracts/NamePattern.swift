/// A name in which each `*` stands for any number of any characters: `calc.*`.
package struct NamePattern: Sendable, Hashable, CustomStringConvertible {
  package let description: String

  package init(_ text: String) { description = text }

  package var isLiteral: Bool { !description.utf8.contains(UInt8(ascii: "*")) }

  /// Linear in the name for each `*`: a pattern cannot be made slow.
  package func matches(_ name: String) -> Bool {
    let pattern = Array(description.utf8)
    let name = Array(name.utf8)
    var (position, at) = (0, 0)
    var star: (pattern: Int, name: Int)?
    while at < name.count {
      if position < pattern.count, pattern[position] == UInt8(ascii: "*") {
        star = (position, at)
        position += 1
      } else if position < pattern.count, pattern[position] == name[at] {
        (position, at) = (position + 1, at + 1)
      } else if let last = star {
        star = (last.pattern, last.name + 1)
        (position, at) = (last.pattern + 1, last.name + 1)
      } else {
        return false
      }
    }
    return pattern[position...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
