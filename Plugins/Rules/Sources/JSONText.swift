internal import JackfieldPluginSDK

extension JSONValue {
  /// As it stands in an answer: a string without quotes, nothing for null, JSON for lists and objects.
  var plain: String {
    switch self {
    case .null: ""
    case .string(let text): text
    case .integer(let value): String(value)
    case .number(let value): Int64(exactly: value).map { String($0) } ?? String(value)
    case .bool(let value): value ? "true" : "false"
    case .array, .object: json
    }
  }

  /// The member of an object, or the element of a list, that a JSON pointer's token names.
  func child(_ token: String) -> JSONValue? {
    switch self {
    case .object(let members): members[token]
    case .array(let elements): Int(token).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
    default: nil
    }
  }
}

/// RFC 6901: the way to a part of a JSON document.
struct JSONPointer: Sendable, Equatable {
  let tokens: [String]

  /// Nil if the text is no pointer: it is empty, or begins with a slash.
  init?(_ text: String) {
    guard text.isEmpty || text.hasPrefix("/") else { return nil }
    tokens = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map {
      Self.replacing("~0", with: "~", in: Self.replacing("~1", with: "/", in: String($0)))
    }
  }

  func value(in document: JSONValue) -> JSONValue? {
    tokens.reduce(document as JSONValue?) { $0?.child($1) }
  }

  private static func replacing(_ part: String, with other: String, in text: String) -> String {
    text.split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
  }
}
