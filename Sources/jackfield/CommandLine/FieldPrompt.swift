import JSONCodec

/// A field of a form, as a line that asks for it.
struct FieldPrompt {
  let text: String

  init(_ name: String, _ field: JSONValue) {
    var text = field["title"]?.string ?? name
    if let description = field["description"]?.string { text += " (\(description))" }
    let choices = field["enum"]?.array?.compactMap(\.string) ?? []
    if !choices.isEmpty { text += " {\(choices.joined(separator: "|"))}" }
    if let standard = field["default"] { text += " [\(standard.string ?? standard.text)]" }
    self.text = text
  }

  /// What does not look like the type is kept as it was typed; the form's schema says what is wrong with it.
  static func value(_ line: String, as type: String?) -> JSONValue {
    switch type {
    case "number", "integer": (try? JSONValue(parsing: line)) ?? .string(line)
    case "boolean":
      switch line.lowercased() {
      case "true", "yes", "y": true
      case "false", "no", "n": false
      default: .string(line)
      }
    case "array": .array(line.split(separator: ",").map { .string($0.trimmingSpaces) })
    default: .string(line)
    }
  }
}

extension Substring {
  fileprivate var trimmingSpaces: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
