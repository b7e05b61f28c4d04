package import JSONCodec

/// Pictures for lists that people look at, small enough to be sent along.
package enum ResourceIcon {
  /// A line of events.
  package static let run = icon("M4 12h4l3-7 4 14 3-7h2")
  /// Boxes that hand over to one another.
  package static let flow = icon("M3 4h7v6H3zM14 14h7v6h-7zM10 7h7v7")
  /// A sheet of paper.
  package static let manifest = icon("M6 3h8l4 4v14H6zM9 11h6M9 15h6")

  private static func icon(_ path: String) -> JSONValue {
    let source =
      "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' "
      + "stroke='gray' stroke-width='2'%3E%3Cpath d='\(path)'/%3E%3C/svg%3E"
    return [
      [
        "src": .string(String(source.flatMap { $0 == " " ? "%20" : String($0) })),
        "mimeType": "image/svg+xml", "sizes": ["any"],
      ]
    ]
  }
}
