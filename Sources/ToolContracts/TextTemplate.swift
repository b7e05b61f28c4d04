/// A text with `{{name}}` where a value goes; spaces within the braces do not count. What a value contains is never read as
/// a template.
package struct TextTemplate: Sendable {
  private enum Piece: Sendable {
    case text(Substring)
    case blank(name: String, written: Substring)
  }
  private var pieces: [Piece] = []

  package init(_ text: String) {
    var rest = text[...]
    while let open = rest.firstPair(of: "{"), let close = rest[open.upperBound...].firstPair(of: "}") {
      let name = rest[open.upperBound..<close.lowerBound].filter { $0 != " " }
      pieces.append(.text(rest[..<open.lowerBound]))
      pieces.append(.blank(name: name, written: rest[open.lowerBound..<close.upperBound]))
      rest = rest[close.upperBound...]
    }
    pieces.append(.text(rest))
  }

  /// The blanks, in their order.
  package var names: [String] {
    pieces.compactMap { if case .blank(let name, _) = $0 { name } else { nil } }
  }

  /// A blank that has no value stays as it stands.
  package func filledIn(_ value: (String) -> String?) -> String {
    var filled = ""
    for piece in pieces {
      switch piece {
      case .text(let text): filled += text
      case .blank(let name, let written): filled += value(name) ?? String(written)
      }
    }
    return filled
  }
}

extension Substring {
  fileprivate func firstPair(of sign: Unicode.Scalar) -> Range<Index>? {
    var before: Index?
    for index in unicodeScalars.indices {
      guard unicodeScalars[index] == sign else {
        before = nil
        continue
      }
      if let before { return before..<unicodeScalars.index(after: index) }
      before = index
    }
    return nil
  }
}
