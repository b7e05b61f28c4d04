/// A JSON value as an editable tree, key order kept: for manifests, schemas and documents that are put together.
/// What only passes through is read with ``JSONView`` and written with ``JSONWriter``.
package enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case number(JSONNumber)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  package init(parsing bytes: [UInt8], limits: JSONLimits = .default) throws(JSONError) {
    self = try JSONDocument(parsing: bytes, limits: limits).root.value
  }

  package init(parsing text: String, limits: JSONLimits = .default) throws(JSONError) {
    self = try JSONDocument(parsing: text, limits: limits).root.value
  }

  package static func int(_ value: Int64) -> JSONValue { .number(JSONNumber(value)) }
  package static func int(_ value: Int) -> JSONValue { .number(JSONNumber(value)) }
  /// Infinities and NaN become `null`, as in ECMAScript: JSON has no word for them.
  package static func double(_ value: Double) -> JSONValue { JSONNumber(value).map { .number($0) } ?? .null }

  package var kind: JSONKind {
    switch self {
    case .null: .null
    case .bool: .bool
    case .number: .number
    case .string: .string
    case .array: .array
    case .object: .object
    }
  }

  package var isNull: Bool { kind == .null }
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  package var number: JSONNumber? { if case .number(let value) = self { value } else { nil } }
  /// Exact integers only: `1.0` and `1e2` are, `1.5` and 2^63 are not.
  package var int: Int64? { number?.int }
  package var double: Double? { number?.double }
  package var string: String? { if case .string(let value) = self { value } else { nil } }
  package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
  package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }

  /// The member called `key`. Setting it removes it with `nil`, and does nothing to a value that is no object.
  package subscript(key: String) -> JSONValue? {
    get { object?[key] }
    set {
      guard case .object(var members) = self else { return }
      self = .null  // so that `members` is the only owner and is edited in place
      members[key] = newValue
      self = .object(members)
    }
  }

  package subscript(index: Int) -> JSONValue? {
    guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
    return elements[index]
  }

  package subscript(pointer: JSONPointer) -> JSONValue? {
    var value = self
    for token in pointer.tokens {
      let child: JSONValue? =
        switch value {
        case .object(let members): members[token]
        case .array: JSONPointer.arrayIndex(token).flatMap { value[$0] }
        default: nil
        }
      guard let child else { return nil }
      value = child
    }
    return value
  }
}

extension JSONValue: Hashable {
  package static func == (left: JSONValue, right: JSONValue) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.number(let a), .number(let b)): a == b
    case (.string(let a), .string(let b)): areSameText(a, b)
    case (.array(let a), .array(let b)): a == b
    case (.object(let a), .object(let b)): a == b
    default: false
    }
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(kind)
    switch self {
    case .null: break
    case .bool(let value): hasher.combine(value)
    case .number(let value): hasher.combine(value)
    case .string(let value): hasher.combine(JSONKey(value))
    case .array(let value): hasher.combine(value)
    case .object(let value): hasher.combine(value)
    }
  }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  package init(nilLiteral: ()) { self = .null }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(integerLiteral value: Int64) { self = .int(value) }
  package init(floatLiteral value: Double) { self = .double(value) }
  package init(stringLiteral value: String) { self = .string(value) }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  package init(dictionaryLiteral members: (String, JSONValue)...) {
    self = .object(JSONObject(uniqueKeysWithValues: members))
  }
}
