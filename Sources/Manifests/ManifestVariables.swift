/// What `${…}` in a plugin's configuration stands for.
package struct ManifestVariables: Sendable {
  private let values: [(name: String, value: String)]

  /// - Parameters:
  ///   - manifestDirectory: the folder of the host manifest, absolute.
  ///   - stateDirectory: where this host keeps its data, absolute.
  package init(manifestDirectory: String, stateDirectory: String) {
    values = [("manifest_dir", manifestDirectory), ("state_dir", stateDirectory)]
  }

  /// `$${` stands for `${` itself.
  func expand(_ text: String, at location: SourceLocation) throws(ManifestError) -> String {
    var expanded = ""
    var rest = text[...]
    while let dollar = rest.firstIndex(of: "$") {
      expanded += rest[..<dollar]
      rest = rest[dollar...]
      if rest.hasPrefix("$${") {
        expanded += "${"
        rest = rest.dropFirst(3)
      } else if rest.hasPrefix("${") {
        expanded += try value(of: &rest, at: location)
      } else {
        expanded.append(rest.removeFirst())
      }
    }
    return expanded + rest
  }

  /// - Parameter rest: begins with `${`; what follows the closing brace remains.
  private func value(of rest: inout Substring, at location: SourceLocation) throws(ManifestError) -> String {
    let known = values.map { "${\($0.name)}" }.joined(separator: " and ")
    guard let end = rest.firstIndex(of: "}") else {
      throw ManifestError(
        .unknownVariable, at: location, "'${' without '}'; known are \(known), and $${ stands for ${")
    }
    let name = rest[rest.index(rest.startIndex, offsetBy: 2)..<end]
    guard let value = values.first(where: { $0.name == name })?.value else {
      throw ManifestError(
        .unknownVariable, at: location,
        "unknown variable '${\(name)}'; known are \(known), and $${ stands for ${")
    }
    rest = rest[rest.index(after: end)...]
    return value
  }
}
