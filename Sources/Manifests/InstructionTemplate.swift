/// A text with `{{name}}` where a value goes. What a value contains is never read as a template.
package struct InstructionTemplate: Sendable {
  private enum Piece: Sendable {
    case text(Substring)
    case blank(String)
  }
  private var pieces: [Piece] = []

  package init(_ text: String) {
    var rest = text[...]
    while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
      let name = rest[open.upperBound..<close.lowerBound].filter { $0 != " " }
      pieces += [.text(rest[..<open.lowerBound]), .blank(name)]
      rest = rest[close.upperBound...]
    }
    pieces.append(.text(rest))
  }

  /// The blanks, in their order.
  package var names: [String] {
    pieces.compactMap { if case .blank(let name) = $0 { name } else { nil } }
  }

  /// A blank without a value becomes nothing.
  package func filledIn(_ value: (String) -> String?) -> String {
    pieces.map { piece in
      switch piece {
      case .text(let text): String(text)
      case .blank(let name): value(name) ?? ""
      }
    }.joined()
  }
}
