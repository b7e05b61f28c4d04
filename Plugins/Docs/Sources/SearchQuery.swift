/// What a person or a model asks for, as expressions of SQLite's full-text search. Nothing in the text is syntax.
package struct SearchQuery: Equatable, Sendable {
  /// What stands between blanks: one is a word, or words that follow each other, as in "read-only".
  let terms: [String]

  private static let mostTerms = 32
  private static let longestTerm = 64

  /// Words that every section has, left out as long as others remain.
  private static let fillers: Set<String> = [
    "a", "about", "an", "and", "are", "as", "at", "be", "by", "can", "do", "does", "for", "from", "how", "i",
    "in", "is",
    "it", "its", "me", "mean", "means", "of", "on", "or", "please", "say", "tell", "that", "the", "there",
    "this", "to",
    "what", "when", "where", "which", "who", "why", "with", "you",
  ]

  package init(_ text: String) {
    let chunks = text.split(whereSeparator: { $0.isWhitespace || $0 == "\0" })
      .filter { $0.contains(where: Self.isOfWord) }
      .prefix(Self.mostTerms)
      .map { String($0.prefix(Self.longestTerm)) }
    let telling = chunks.filter { !Self.fillers.contains($0.lowercased().filter(Self.isOfWord)) }
    terms = telling.isEmpty ? chunks : telling
  }

  private static func isOfWord(_ character: Character) -> Bool { character.isLetter || character.isNumber }

  package var isEmpty: Bool { terms.isEmpty }

  /// Every term must be there.
  package var all: String { terms.map(Self.quoted).joined(separator: " AND ") }

  /// Any word of any term will do. Nil if that is the same question.
  package var any: String? {
    let words = terms.flatMap { $0.split(whereSeparator: { !Self.isOfWord($0) }).map(String.init) }
    return words.count > 1 ? words.map(Self.quoted).joined(separator: " OR ") : nil
  }

  private static func quoted(_ term: String) -> String {
    "\"" + term.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
