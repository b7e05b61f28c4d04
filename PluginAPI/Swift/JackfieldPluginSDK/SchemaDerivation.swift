/// Reads the schema of a type off its `init(from:)`: decodes it from nothing, and notes what it asks for.
struct SchemaDerivation {
  /// Where we are, for messages: `Input.filter.tags`.
  private let path: String
  /// The types that contain this place.
  private let enclosing: [ObjectIdentifier]
  private let root: any Decodable.Type

  init(root: any Decodable.Type) {
    self.init(root: root, path: "\(root)", enclosing: [])
  }

  private init(root: any Decodable.Type, path: String, enclosing: [ObjectIdentifier]) {
    self.root = root
    self.path = path
    self.enclosing = enclosing
  }

  func schema() throws -> JSONDocument {
    try derive(root).schema
  }

  /// The names of the properties that the type decodes; none if it is no object.
  func propertyNames() throws -> [String] {
    guard case .object(let members) = try schema(),
      case .object(let properties)? = members.first(where: { $0.key == "properties" })?.value
    else { return [] }
    return properties.map(\.key)
  }

  /// The schema of a type, and some value of it for the decoder that asked.
  func derive<T: Decodable>(_ type: T.Type) throws -> (schema: JSONDocument, placeholder: T) {
    if let known = type as? any SchemaProviding.Type {
      return try (known.schema(in: self), placeholder(known.schemaPlaceholder, as: type))
    }
    if let list = type as? any (CaseIterable & RawRepresentable).Type {
      return try enumeration(list, as: type)
    }
    return try recorded(type)
  }

  func at(_ key: String) -> SchemaDerivation {
    SchemaDerivation(root: root, path: path + "." + key, enclosing: enclosing)
  }

  func failure(_ reason: String) -> DeclarationError {
    DeclarationError("no schema for \(path): \(reason); give the schema as JSON")
  }

  private func recorded<T: Decodable>(_ type: T.Type) throws -> (schema: JSONDocument, placeholder: T) {
    guard !enclosing.contains(ObjectIdentifier(type)) else { throw failure("\(type) contains itself") }
    guard !Self.isCodedForFoundation(type) else {
      throw failure("\(type) is no JSON outside of Foundation's own coders; use a text or a number")
    }
    let inner = SchemaDerivation(root: root, path: path, enclosing: enclosing + [ObjectIdentifier(type)])
    let recorder = SchemaRecorder(inner)
    let value: T
    do {
      value = try T(from: recorder)
    } catch let error as DeclarationError {
      throw error
    } catch {
      throw failure("\(type) does not decode from placeholders (an enum needs CaseIterable)")
    }
    return (try recorder.schema(describedBy: type as? any DescribedProperties.Type), value)
  }

  private func enumeration<E: CaseIterable & RawRepresentable, T>(
    _ list: E.Type, as type: T.Type
  ) throws -> (schema: JSONDocument, placeholder: T) {
    guard let first = E.allCases.first else { throw failure("\(type) has no cases") }
    let values = E.allCases.map(\.rawValue)
    if let names = values as? [String] {
      let members: JSONDocument = .object([
        ("type", .string("string")), ("enum", .array(names.map(JSONDocument.string))),
      ])
      return try (members, placeholder(first, as: type))
    }
    let numbers = values.compactMap { ($0 as? any BinaryInteger).flatMap { Int64(exactly: $0) } }
    guard numbers.count == values.count else { throw failure("\(type) is an enum of \(E.RawValue.self)") }
    let members: JSONDocument = .object([
      ("type", .string("integer")), ("enum", .array(numbers.map(JSONDocument.integer))),
    ])
    return try (members, placeholder(first, as: type))
  }

  /// The types that Foundation's JSON coders treat in a way of their own. This module does not know Foundation.
  private static func isCodedForFoundation(_ type: any Decodable.Type) -> Bool {
    let name = String(reflecting: type)
    guard name.hasPrefix("Foundation") else { return false }
    return [".Date", ".Data", ".Decimal", ".URL"].contains(where: name.hasSuffix)
  }

  private func placeholder<T>(_ value: Any, as type: T.Type) throws -> T {
    guard let value = value as? T else { throw failure("\(type) is not what it says") }
    return value
  }
}
