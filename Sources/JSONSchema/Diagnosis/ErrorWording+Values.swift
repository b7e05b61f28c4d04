import JSONCodec

extension ErrorWording {
  /// The value a finding is about, as far as it may be repeated.
  func value(_ finding: Finding) -> String {
    let text = ValueText(tape, finding.instance)
    return sensitive.contains(finding.instance, in: tape) ? text.kind : text.described
  }

  func typeNames(of types: UInt8) -> String {
    let names: [(JSONKind, String)] = [
      (.string, "a string"), (.number, types & PlanNode.integersOnly != 0 ? "an integer" : "a number"),
      (.bool, "true or false"), (.object, "an object"), (.array, "an array"), (.null, "null"),
    ]
    let accepted = names.filter { types & 1 << $0.0.rawValue != 0 }.map(\.1)
    guard let last = accepted.last, accepted.count > 1 else { return accepted.first ?? "nothing" }
    return accepted.dropLast().joined(separator: ", ") + " or " + last
  }

  func boundWords(_ keyword: Keyword, _ bound: String) -> String {
    switch keyword {
    case .minimum: "at least \(bound)"
    case .maximum: "at most \(bound)"
    case .exclusiveMinimum: "more than \(bound)"
    case .exclusiveMaximum: "less than \(bound)"
    default: "a multiple of \(bound)"
    }
  }

  func lengthWords(_ finding: Finding, _ count: Int) -> Words {
    let isLeast = [Keyword.minLength, .minItems, .minProperties].contains(finding.keyword)
    let (one, many, actual): (String, String, Int) =
      switch finding.keyword {
      case .minLength, .maxLength: ("character", "characters", StringLength.of(finding.instance, in: tape))
      case .minItems, .maxItems: ("item", "items", tape.count(at: finding.instance))
      default: ("property", "properties", tape.count(at: finding.instance))
      }
    let expected = "\(isLeast ? "at least" : "at most") \(count) \(count == 1 ? one : many)"
    let isSecret = sensitive.contains(finding.instance, in: tape)
    return Words(
      predicate: "must have \(expected)" + (isSecret ? "" : ", but has \(actual)"), expected: expected)
  }

  func quoted(_ name: String) -> String { shortened(JSONValue.string(name).text) }

  func shortened(_ text: String) -> String { ValueText.shortened(text) }
}

/// A value as a message shows it.
struct ValueText {
  private let tape: JSONTape
  private let index: Int

  init(_ tape: JSONTape, _ index: Int) {
    self.tape = tape
    self.index = index
  }

  var kind: String {
    switch tape.nodes[index].kind {
    case .null: "null"
    case .bool: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }

  /// Containers are named, not shown: what is inside them may be long, or not meant for everyone.
  var described: String {
    switch tape.nodes[index].kind {
    case .null, .bool, .number: short
    case .string: "the string \(short)"
    case .array: "an array of \(tape.count(at: index)) item\(tape.count(at: index) == 1 ? "" : "s")"
    case .object: "an object"
    }
  }

  /// Its JSON text, cut when it is long.
  var short: String {
    if tape.nodes[index].kind == .string {
      return Self.shortened(JSONValue.string(tape.string(at: index)).text)
    }
    return Self.shortened(String(decoding: tape.bytes(at: index), as: UTF8.self))
  }

  static func shortened(_ text: String) -> String {
    let limit = 80
    guard text.unicodeScalars.count > limit else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit))) + "…"
  }
}
