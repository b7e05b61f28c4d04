package import JackfieldPluginSDK

/// Reads on where a passage was found.
package struct Read: Tool {
  package static let name = "read"
  package static let title: String? = "Read a page of the documentation"
  package static let description = """
    Returns lines of one file of the documentation, for reading on around a passage that the search has found.
    """
  package static let effect = Effect.none
  package static let limits = LimitHints(
    timeoutMilliseconds: 10_000, maxResultBytes: 64 << 10, concurrency: 4)
  package static let inputSchema = Schema.json(
    """
    {"type":"object","properties":{\
    "file":{"type":"string","minLength":1,"maxLength":4096,"description":"As the search tells it."},\
    "line":{"type":"integer","minimum":1,"default":1,"description":"The first line to return."},\
    "lines":{"type":"integer","minimum":1,"maximum":80,"default":40,"description":"Lines to return at most."}},\
    "required":["file"],"additionalProperties":false}
    """)

  package struct Input: Codable, Sendable {
    package var file: String
    package var line: Int?
    package var lines: Int?
  }

  package struct Output: Codable, Equatable, Sendable, DescribedProperties {
    package var file: String
    package var line: Int
    package var text: String
    package var totalLines: Int
    package var truncated: Bool
    package static let propertyDescriptions = [
      "line": "The first line of \"text\".", "totalLines": "How many lines the file has.",
      "truncated": "Whether lines were left out because they are long.",
    ]
  }

  let library: Library

  package func call(_ input: Input, context: CallContext) throws -> Output {
    let text = try context.readingFolder {
      try library.text(of: input.file) { try context.checkCancellation() }
    }
    guard let text else {
      throw ToolError(
        "no file \"\(input.file.prefix(200))\" in the documentation; a search tells which there are")
    }
    guard
      let page = Page(of: text, from: max(1, input.line ?? 1), lines: min(80, max(1, input.lines ?? 40)))
    else {
      throw ToolError("\"\(input.file)\" ends before line \(input.line ?? 1)")
    }
    return Output(
      file: input.file, line: max(1, input.line ?? 1), text: page.text, totalLines: page.total,
      truncated: page.isCut)
  }
}

/// Some lines of a text.
struct Page: Equatable {
  let text: String
  let total: Int
  let isCut: Bool

  /// Enough for 80 lines of prose. A table of generated data may have longer ones.
  static let mostBytes = 32 << 10

  /// Nil if the text has no such line.
  init?(of text: String, from line: Int, lines count: Int) {
    let lines = text.fileLines
    // A newline ends the last line; it does not begin another.
    total = lines.last?.isEmpty == true ? lines.count - 1 : lines.count
    guard line <= max(1, total) else { return nil }
    let asked = lines[(line - 1)..<min(lines.count, total, line - 1 + count)]
    var bytes = 0
    let kept = asked.prefix {
      bytes += $0.utf8.count + 1
      return bytes <= Self.mostBytes
    }
    self.text = kept.joined(separator: "\n")
    isCut = kept.count < asked.count
  }
}
