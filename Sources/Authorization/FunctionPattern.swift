/// A function's name in which `*` stands for any run of characters.
package struct FunctionPattern: Sendable, Hashable, CustomStringConvertible {
  package let description: String

  package init(_ text: String) { description = text }

  package static let all = FunctionPattern("*")

  /// Linear in the length of both: each `*` is tried shortest first and only the last one is ever gone back to.
  package func matches(_ name: some StringProtocol) -> Bool {
    let pattern = Array(description.utf8)
    let text = Array(name.utf8)
    var patternIndex = 0
    var textIndex = 0
    var lastStar: (pattern: Int, text: Int)?
    while textIndex < text.count {
      if patternIndex < pattern.count, pattern[patternIndex] == UInt8(ascii: "*") {
        lastStar = (patternIndex, textIndex)
        patternIndex += 1
      } else if patternIndex < pattern.count, pattern[patternIndex] == text[textIndex] {
        patternIndex += 1
        textIndex += 1
      } else if let star = lastStar {
        lastStar = (star.pattern, star.text + 1)
        patternIndex = star.pattern + 1
        textIndex = star.text + 1
      } else {
        return false
      }
    }
    return pattern[patternIndex...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
