/// The lines of a section that answer a query best, in the file's own words.
struct Snippet: Equatable {
  /// How many lines into the section it begins.
  let offset: Int
  let text: String

  static let longest = 300
  /// Around each word that was found, in the text that `init` takes.
  static let mark: (begin: Character, end: Character) = ("\u{2}", "\u{3}")

  /// - Parameter marked: A section's text with marks around the words that were found.
  init(marked: String) {
    let marked = marked.split(separator: "\n", omittingEmptySubsequences: false)
    let lines = marked.map { Self.withoutMarks(String($0)) }
    let best = Self.bestLine(of: marked)
    offset = Self.start(of: lines, best: best)
    text = Self.excerpt(of: Array(lines[offset...]), after: marked[best], isBest: offset == best)
  }

  /// A file may hold anything, and so the marks too.
  static func withoutMarks(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == 2 || $0 == 3 }) else { return text }
    return text.filter { $0 != mark.begin && $0 != mark.end }
  }

  /// The line with the most different words; of two such lines the first, and a heading only if there is no other.
  private static func bestLine(of lines: [Substring]) -> Int {
    let scores = lines.map { line in
      let score = 2 * words(markedIn: line).count
      return line.hasPrefix("#") && score > 0 ? score - 1 : score
    }
    return scores.firstIndex(of: scores.max() ?? 0) ?? 0
  }

  private static func words(markedIn line: Substring) -> Set<String> {
    Set(
      line.split(separator: mark.begin, omittingEmptySubsequences: false).dropFirst()
        .map { $0.prefix { $0 != mark.end }.lowercased() })
  }

  /// The beginning of the best line's paragraph, if the best line is then still within reach.
  private static func start(of lines: [String], best: Int) -> Int {
    var start = best
    var length = lines[best].count
    while start > 0, !isBoundary(lines[start - 1]), length + lines[start - 1].count < longest {
      start -= 1
      length += lines[start].count + 1
    }
    // A paragraph that begins out of reach is not begun in the middle of a sentence further up.
    return start > 0 && !isBoundary(lines[start - 1]) ? best : start
  }

  private static func isBoundary(_ line: String) -> Bool {
    line.allSatisfy(\.isWhitespace) || line.hasPrefix("#") || line.hasPrefix("```")
  }

  private static func excerpt(of lines: [String], after marked: Substring, isBest: Bool) -> String {
    // One line can be longer than the whole snippet: begin a little before the first word that was found.
    if isBest, let first = marked.firstIndex(of: mark.begin), marked[..<first].count > longest - 60 {
      let skipped = marked[..<first].count - 60
      return "…" + shortened(String(lines[0].dropFirst(skipped)), to: longest - 1)
    }
    return shortened(lines.joined(separator: "\n"), to: longest)
  }

  /// Cut at a blank, with a sign that something is missing.
  private static func shortened(_ text: String, to length: Int) -> String {
    guard text.count > length else { return text }
    let cut = text.prefix(length - 1)
    let end = cut.lastIndex(where: \.isWhitespace) ?? cut.endIndex
    var kept = cut[..<end]
    while kept.last?.isWhitespace == true { kept.removeLast() }
    return kept + "…"
  }
}
