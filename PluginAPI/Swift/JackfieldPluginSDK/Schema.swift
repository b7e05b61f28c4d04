/// The JSON Schema of something that crosses between host and plugin.
///
/// It becomes text when the plugin's descriptor is made; what is wrong with it is reported then, by `seal`.
public enum Schema: Sendable {
  /// Read off a `Codable` type: names, optional properties, nested types, arrays, `[String: T]`, enums of strings or
  /// integers that are `CaseIterable`. Properties that the type does not have are refused. A type that cannot be read
  /// off (one that contains itself, an enum with associated values, a decoder that refuses "" or 0, a `Date` of
  /// Foundation) is an error.
  case derived(any (Decodable & Sendable).Type)
  /// JSON Schema 2020-12 as text: an object with `"type": "object"`.
  case json(String)
}

/// A type that says what its properties mean. The texts go into the derived schema, and are read by models.
public protocol DescribedProperties {
  /// By property name, as it stands in the JSON.
  static var propertyDescriptions: [String: String] { get }
}

/// Why a plugin's declaration is wrong.
struct DeclarationError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

extension Schema {
  /// The schema with its examples, which are JSON.
  func document(examples: [String]) throws -> JSONDocument {
    let document = try document()
    if examples.isEmpty { return document }
    guard case .object(let members) = document else {
      throw DeclarationError("a schema that is given as JSON has its examples there")
    }
    return .object(members + [("examples", .array(examples.map(JSONDocument.verbatim)))])
  }

  /// The schema as it stands in the descriptor: an object with type "object".
  func document() throws -> JSONDocument {
    switch self {
    case .derived(let type):
      let document = try SchemaDerivation(root: type).schema()
      guard document.hasObjectType else {
        throw DeclarationError("\(type) is no JSON object: a function takes and returns objects")
      }
      return document
    case .json(let text):
      struct Typed: Decodable { let type: String }
      do {
        let typed = try JSONCoding.decode(Typed.self, from: text)
        guard typed.type == "object" else { throw DeclarationError("a schema must say \"type\": \"object\"") }
      } catch let error as DecodingError {
        throw DeclarationError("the schema that is given as text is none: \(JSONCoding.describe(error))")
      }
      return .verbatim(text)
    }
  }
}
