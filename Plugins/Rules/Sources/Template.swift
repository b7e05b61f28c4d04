internal import JackfieldPluginSDK

/// A text with places for slots: `{{name}}`, `{{name|filter}}`, `{{#each name}}…{{else}}…{{/each}}`.
///
/// It can fill in and repeat, and nothing else: rendering ends, and takes time in proportion to what it is given.
struct Template: Sendable, Equatable {
  indirect enum Part: Sendable, Equatable {
    case text(String)
    case slot(Path, Filter?)
    case each(Path, body: [Part], otherwise: [Part])
  }

  enum Filter: String, Sendable, CaseIterable {
    /// As JSON, quotes and all.
    case json
    /// Each line behind "> ", as Markdown quotes.
    case quote
    /// Milliseconds as whole seconds, rounded up.
    case seconds
  }

  /// A slot, and the way to a part of it: "hit.file", "row.0". "." is the element of the innermost `each`.
  struct Path: Sendable, Equatable {
    let tokens: [String]
    var name: String { tokens.first ?? "." }
  }

  struct SyntaxError: Error, Equatable {
    let message: String
  }

  let parts: [Part]

  init(_ text: String) throws(SyntaxError) {
    var parser = TemplateParser(text)
    parts = try parser.parse()
  }

  /// The slot, where the template is one slot and nothing else.
  var onlySlot: Path? {
    if case .slot(let path, nil)? = parts.first, parts.count == 1 { path } else { nil }
  }

  /// Every slot that is used outside of an `each`, whose elements may have members of any name.
  var slotNames: Set<String> {
    Set(
      parts.compactMap { part in
        switch part {
        case .text: nil
        case .slot(let path, _), .each(let path, _, _): path.name
        }
      })
  }
}

private struct TemplateParser {
  private var rest: Substring
  private var depth = 0

  /// Lists within lists within lists: deeper data wants another answer.
  private static let deepest = 3

  init(_ text: String) { rest = Substring(text) }

  mutating func parse() throws(Template.SyntaxError) -> [Template.Part] {
    let (parts, end) = try parts()
    guard let end else { return parts }
    throw Template.SyntaxError(message: "{{\(end)}} without {{#each}}")
  }

  /// Up to the end of the text, or to the tag that ends or divides an `each`.
  private mutating func parts() throws(Template.SyntaxError) -> (parts: [Template.Part], end: String?) {
    var parts: [Template.Part] = []
    while let open = rest.firstRange(of: "{{") {
      if open.lowerBound > rest.startIndex { parts.append(.text(String(rest[..<open.lowerBound]))) }
      rest = rest[open.upperBound...]
      guard let close = rest.firstRange(of: "}}") else {
        throw Template.SyntaxError(message: "{{ without }}")
      }
      let tag = trimmed(rest[..<close.lowerBound])
      rest = rest[close.upperBound...]
      if tag == "/each" || tag == "else" { return (parts, tag) }
      parts.append(try part(tag))
    }
    if !rest.isEmpty { parts.append(.text(String(rest))) }
    rest = ""
    return (parts, nil)
  }

  private mutating func part(_ tag: String) throws(Template.SyntaxError) -> Template.Part {
    guard tag.hasPrefix("#") else { return try slot(tag) }
    guard tag.hasPrefix("#each ") else { throw Template.SyntaxError(message: "unknown tag {{\(tag)}}") }
    guard depth < Self.deepest else {
      throw Template.SyntaxError(message: "too many {{#each}} within each other")
    }
    let path = try path(trimmed(tag.dropFirst("#each ".count)))
    depth += 1
    defer { depth -= 1 }
    var (body, end) = try parts()
    var otherwise: [Template.Part] = []
    if end == "else" { (otherwise, end) = try parts() }
    guard end == "/each" else { throw Template.SyntaxError(message: "{{#each}} without {{/each}}") }
    return .each(path, body: body, otherwise: otherwise)
  }

  private func slot(_ tag: String) throws(Template.SyntaxError) -> Template.Part {
    let pieces = tag.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false).map(trimmed)
    guard pieces.count == 2 else { return .slot(try path(tag), nil) }
    guard let filter = Template.Filter(rawValue: pieces[1]) else {
      let known = Template.Filter.allCases.map(\.rawValue).joined(separator: ", ")
      throw Template.SyntaxError(message: "unknown filter \"\(pieces[1])\"; there are: \(known)")
    }
    return .slot(try path(pieces[0]), filter)
  }

  private func path(_ text: String) throws(Template.SyntaxError) -> Template.Path {
    if text == "." { return Template.Path(tokens: []) }
    let tokens = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard tokens.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } })
    else {
      throw Template.SyntaxError(message: "\"\(text)\" is no name of a slot")
    }
    return Template.Path(tokens: tokens)
  }

  private func trimmed(_ text: some StringProtocol) -> String {
    let start = text.drop(while: \.isWhitespace)
    return String(start.prefix(start.count - start.reversed().prefix(while: \.isWhitespace).count))
  }
}
