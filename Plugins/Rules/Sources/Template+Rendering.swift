internal import JackfieldPluginSDK

/// What a rule has found: names to values.
typealias Slots = [String: JSONValue]

extension Template {
  /// The template with its slots filled in. A slot that is not there is nothing.
  func rendered(_ slots: Slots) -> String {
    var output = ""
    render(parts, Scope(slots: slots, elements: []), into: &output)
    return output
  }

  /// What a path stands for: within `each` a member of the innermost element first, then of those around it.
  fileprivate struct Scope {
    let slots: Slots
    /// The innermost last.
    var elements: [JSONValue]

    func value(of path: Path) -> JSONValue? {
      guard let first = path.tokens.first else { return elements.last }
      let start = elements.reversed().lazy.compactMap { $0.child(first) }.first ?? slots[first]
      return path.tokens.dropFirst().reduce(start) { $0?.child($1) }
    }
  }

  private func render(_ parts: [Part], _ scope: Scope, into output: inout String) {
    for part in parts where output.utf8.count < Self.longest {
      switch part {
      case .text(let text): output += text
      case .slot(let path, let filter):
        let value = scope.value(of: path) ?? .null
        output += filter.map { $0.apply(to: value) } ?? value.plain
      case .each(let path, let body, let otherwise):
        guard case .array(let elements)? = scope.value(of: path), !elements.isEmpty else {
          render(otherwise, scope, into: &output)
          continue
        }
        for element in elements where output.utf8.count < Self.longest {
          var inner = scope
          inner.elements.append(element)
          render(body, inner, into: &output)
        }
      }
    }
  }

  /// Lists within lists multiply; whatever is longer than this is cut there.
  private static let longest = 1 << 20
}

extension Template.Filter {
  func apply(to value: JSONValue) -> String {
    switch self {
    case .json: value.json
    case .quote:
      value.plain.split(separator: "\n", omittingEmptySubsequences: false).map {
        $0.isEmpty ? ">" : "> " + $0
      }
      .joined(separator: "\n")
    case .seconds: Self.seconds(value)
    }
  }

  private static func seconds(_ value: JSONValue) -> String {
    let milliseconds: Double? =
      switch value {
      case .integer(let value): Double(value)
      case .number(let value): value
      case .string(let text): Double(text)
      default: nil
      }
    guard let milliseconds, milliseconds.isFinite, abs(milliseconds) < 1e15 else { return value.plain }
    return String(Int64((milliseconds / 1000).rounded(.up)))
  }
}

/// Arguments of a call: JSON whose strings are templates. A string that is one slot becomes the slot's value, type and
/// all; any other becomes text.
indirect enum ArgumentTemplate: Sendable {
  case fixed(JSONValue)
  case template(Template)
  case array([ArgumentTemplate])
  case object([String: ArgumentTemplate])

  init(_ value: JSONValue) throws(Template.SyntaxError) {
    switch value {
    case .string(let text): self = .template(try Template(text))
    case .array(let elements):
      var templates: [ArgumentTemplate] = []
      for element in elements { templates.append(try ArgumentTemplate(element)) }
      self = .array(templates)
    case .object(let members):
      var templates: [String: ArgumentTemplate] = [:]
      for (name, member) in members { templates[name] = try ArgumentTemplate(member) }
      self = .object(templates)
    default: self = .fixed(value)
    }
  }

  func value(_ slots: Slots) -> JSONValue {
    switch self {
    case .fixed(let value): value
    case .template(let template):
      template.onlySlot.map { Template.Scope(slots: slots, elements: []).value(of: $0) ?? .null }
        ?? .string(template.rendered(slots))
    case .array(let elements): .array(elements.map { $0.value(slots) })
    case .object(let members): .object(members.mapValues { $0.value(slots) })
    }
  }

  var slotNames: Set<String> {
    switch self {
    case .fixed: []
    case .template(let template): template.slotNames
    case .array(let elements): elements.reduce(into: []) { $0.formUnion($1.slotNames) }
    case .object(let members): members.values.reduce(into: []) { $0.formUnion($1.slotNames) }
    }
  }
}
