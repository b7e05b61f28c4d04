/// A piece of a Markdown file that belongs under one heading, small enough to be pointed at.
package struct MarkdownSection: Equatable, Sendable {
  /// The headings above it from the outermost, as in "Promises › Deadlines"; empty before the first heading.
  package var heading: String
  /// Of the first line of `text`; the file's first line is 1.
  package var line: Int
  /// The file's own lines, the heading among them, without the blank ones at the end.
  package var text: String

  /// A section that is longer is cut at its next blank line, so that a hit is a place and not a chapter.
  static let longest = 40

  /// - Parameter text: A file's content.
  package static func sections(of text: String) -> [MarkdownSection] {
    var splitter = Splitter()
    let lines = text.fileLines
    for (index, line) in lines.enumerated() {
      splitter.add(String(line), next: index + 1 < lines.count ? lines[index + 1] : "")
    }
    splitter.endSection()
    return splitter.sections
  }
}

private struct Splitter {
  var sections: [MarkdownSection] = []
  private var headings: [(level: Int, text: String)] = []
  private var lines: [String] = []
  private var lineNumber = 0
  private var firstLine = 1
  private var fence: Fence?

  mutating func add(_ line: String, next: Substring) {
    lineNumber += 1
    if let open = fence {
      if open.isClosed(by: line) { fence = nil }
    } else if let opened = Fence(opening: line) {
      fence = opened
    } else if let heading = Heading(line: line, next: next) {
      endSection()
      headings.removeAll { $0.level >= heading.level }
      headings.append((heading.level, heading.text))
    } else if lines.count >= MarkdownSection.longest, line.allSatisfy(\.isWhitespace) {
      endSection()
    }
    if lines.isEmpty { firstLine = lineNumber }
    lines.append(line)
  }

  mutating func endSection() {
    while let last = lines.last, last.allSatisfy(\.isWhitespace) { lines.removeLast() }
    let blank = lines.prefix { $0.allSatisfy(\.isWhitespace) }.count
    if blank < lines.count {
      sections.append(
        MarkdownSection(
          heading: headings.map(\.text).joined(separator: " › "), line: firstLine + blank,
          text: lines[blank...].joined(separator: "\n")))
    }
    lines = []
  }
}

/// The beginning of a block of code, in which `#` is no heading.
private struct Fence {
  let mark: Character
  let length: Int

  init?(opening line: String) {
    let trimmed = line.drop(while: \.isWhitespace)
    guard let mark = trimmed.first, mark == "`" || mark == "~" else { return nil }
    length = trimmed.prefix { $0 == mark }.count
    guard length >= 3 else { return nil }
    self.mark = mark
  }

  func isClosed(by line: String) -> Bool {
    let trimmed = line.drop(while: \.isWhitespace)
    let marks = trimmed.prefix { $0 == mark }.count
    return marks >= length && trimmed.dropFirst(marks).allSatisfy(\.isWhitespace)
  }
}

private struct Heading {
  let level: Int
  let text: String

  /// - Parameter next: The line after it, which underlines a heading in the other of Markdown's two styles.
  init?(line: String, next: Substring) {
    guard line.prefix(4).contains(where: { !$0.isWhitespace }), !line.hasPrefix("\t") else { return nil }
    let trimmed = line.drop(while: \.isWhitespace)
    let marks = trimmed.prefix { $0 == "#" }.count
    if (1...6).contains(marks), trimmed.count == marks || trimmed.dropFirst(marks).first?.isWhitespace == true
    {
      level = marks
      text = Self.plain(trimmed.dropFirst(marks))
    } else if let first = trimmed.first, !"#>|-*+=`~".contains(first), let underlined = Self.underline(next) {
      level = underlined
      text = Self.plain(trimmed)
    } else {
      return nil
    }
  }

  private static func underline(_ line: Substring) -> Int? {
    let marks = line.reversed().drop(while: \.isWhitespace)
    guard marks.count >= 3, let mark = marks.first, marks.allSatisfy({ $0 == mark }) else { return nil }
    return mark == "=" ? 1 : mark == "-" ? 2 : nil
  }

  /// Without the marks that may close a heading, and without those of code and emphasis.
  private static func plain(_ text: Substring) -> String {
    var text = text.drop(while: \.isWhitespace)
    while let last = text.last, last.isWhitespace || last == "#" { text.removeLast() }
    return text.filter { $0 != "`" && $0 != "*" }
  }
}
