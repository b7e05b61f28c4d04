package import JSONCodec

/// The icons of a server's tool, as far as they can be passed on: clients may fetch what they name.
package struct ToolIcons: Sendable, Hashable {
  private static let maxCount = 8
  private static let maxSourceBytes = 65_536

  /// MCP's list of icons; never empty.
  package let json: JSONValue

  /// - Returns: nil where none is left.
  init?(_ value: JSONValue) {
    let icons = (value.array ?? []).prefix(Self.maxCount).compactMap(Self.icon)
    guard !icons.isEmpty else { return nil }
    json = .array(icons)
  }

  private static func icon(_ value: JSONValue) -> JSONValue? {
    guard let source = value["src"]?.string, source.utf8.count <= maxSourceBytes,
      source.hasPrefix("https://") || source.hasPrefix("data:image/")
    else { return nil }
    var icon: JSONObject = ["src": .string(source)]
    icon["mimeType"] = value["mimeType"]?.string.map { .string($0) }
    icon["sizes"] = value["sizes"]?.array.map { .array($0.filter { $0.string != nil }) }
    icon["theme"] = value["theme"]?.string.flatMap { ["light", "dark"].contains($0) ? .string($0) : nil }
    return .object(icon)
  }
}
