import JSONCodec

/// The metaschemas, which a `$ref` may name without anybody having supplied them.
enum Metaschemas {
  static let byURI: [String: JSONValue] = {
    var documents: [String: JSONValue] = [:]
    for text in draft07 + draft201909 + draft202012 {
      // A text that did not parse would be a broken build; the suites compile every one of them.
      guard let document = try? JSONValue(parsing: text), let id = document["$id"]?.string else { continue }
      documents[URIReference(id).withoutFragment] = document
    }
    return documents
  }()
}
