package import JSONCodec
package import JSONSchema

/// Whether something holds. A schema that cannot decide has not said yes.
package enum Condition: Sendable {
  case always
  case never
  /// The value has this form.
  case when(CompiledSchema)

  package func holds(for value: JSONValue) -> Bool {
    switch self {
    case .always: return true
    case .never: return false
    case .when(let schema):
      guard let document = try? JSONDocument(parsing: value.serialized()) else { return false }
      return schema.isValid(document.root)
    }
  }
}
