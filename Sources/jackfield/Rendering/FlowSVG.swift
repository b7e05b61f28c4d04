import ToolContracts

/// A flow as an SVG: stages, then agents, in rows by their distance from the beginning, and arrows between them.
struct FlowSVG {
  private static let boxWidth = 190
  private static let boxHeight = 54
  private static let columnGap = 50
  private static let rowGap = 90
  private static let margin = 30

  private struct Place {
    let x: Int
    let y: Int
    var middle: Int { x + FlowSVG.boxWidth / 2 }
    var bottom: Int { y + FlowSVG.boxHeight }
  }
  private let picture: FlowPicture
  private let places: [String: Place]
  private let width: Int
  private let height: Int

  init(_ picture: FlowPicture) {
    self.picture = picture
    let rows = picture.rows
    let widest = rows.map(\.count).max() ?? 1
    width = 2 * Self.margin + widest * Self.boxWidth + (widest - 1) * Self.columnGap + Self.boxWidth
    height = 2 * Self.margin + rows.count * Self.boxHeight + (rows.count - 1) * Self.rowGap
    var places: [String: Place] = [:]
    for (row, nodes) in rows.enumerated() {
      for (column, node) in nodes.enumerated() {
        places[node] = Place(
          x: Self.margin + column * (Self.boxWidth + Self.columnGap),
          y: Self.margin + row * (Self.boxHeight + Self.rowGap))
      }
    }
    self.places = places
  }

  var text: String {
    let head = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" width="\(width)" height="\(height)" \
      font-family="sans-serif" font-size="13">
      <title>\(textOfSVG(picture.name))</title>
      <defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse">\
      <path d="M0,0 L8,4 L0,8 z" fill="#555"/></marker></defs>
      """
    return ([head] + picture.edges.enumerated().map(arrow) + picture.nodes.compactMap(box) + ["</svg>"])
      .joined(separator: "\n")
  }

  private func box(_ node: FlowPicture.Node) -> String? {
    guard let place = places[node.id] else { return nil }
    let shown = node.detail.count > 26 ? String(node.detail.prefix(25)) + "…" : node.detail
    let isStage = node.kind == .stage
    return """
      <g><title>\(textOfSVG(node.description))</title><rect x="\(place.x)" y="\(place.y)" width="\(Self.boxWidth)" \
      height="\(Self.boxHeight)" rx="\(isStage ? 2 : 8)" fill="\(isStage ? "#f0f3f7" : "#fff")" stroke="#333" \
      stroke-width="\(node.isStart ? 3 : 1)"/>\
      <text x="\(place.middle)" y="\(place.y + 23)" text-anchor="middle" font-weight="bold">\(textOfSVG(node.name))</text>\
      <text x="\(place.middle)" y="\(place.y + 42)" text-anchor="middle" fill="#666">\(textOfSVG(shown))</text></g>
      """
  }

  /// Down from box to box; whatever goes up or stays in its row runs along the right.
  private func arrow(_ number: Int, _ edge: FlowPicture.Edge) -> String {
    guard let from = places[edge.source], let to = places[edge.target] else { return "" }
    let path: String
    let label: (x: Int, y: Int)
    if to.y > from.y {
      path = "M\(from.middle),\(from.bottom) L\(to.middle),\(to.y)"
      label = ((from.middle + to.middle) / 2, (from.bottom + to.y) / 2 - 4 + number % 3 * 14)
    } else {
      let right = max(from.x, to.x) + Self.boxWidth + 30 + number % 4 * 12
      let (start, end) = (from.y + Self.boxHeight / 3, to.y + 2 * Self.boxHeight / 3)
      path =
        "M\(from.x + Self.boxWidth),\(start) C\(right),\(start) \(right),\(end) \(to.x + Self.boxWidth),\(end)"
      label = (right, (start + end) / 2)
    }
    return """
      <path d="\(path)" fill="none" stroke="#555"\(edge.kind.stroke)/>\
      <text x="\(label.x)" y="\(label.y)" text-anchor="middle" font-size="11" fill="#555">\(textOfSVG(edge.label))</text>
      """
  }
}

extension FlowPicture.Edge.Kind {
  fileprivate var stroke: String {
    switch self {
    case .transfer: #" marker-end="url(#tip)""#
    case .delegate: #" stroke-dasharray="5 4" marker-start="url(#tip)" marker-end="url(#tip)""#
    case .order: #" stroke-width="2" marker-end="url(#tip)""#
    case .work: #" stroke-dasharray="2 4""#
    }
  }
}
