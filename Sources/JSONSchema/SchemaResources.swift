package import JSONCodec

/// The documents a `$ref` may lead to, beside the schema itself and the metaschemas: nothing is ever fetched.
package struct SchemaResources: Sendable {
  /// By absolute URI, without fragment.
  let documents: [String: JSONValue]

  package init(_ documents: [String: JSONValue] = [:]) {
    self.documents = Dictionary(
      documents.map { (URIReference($0.key).withoutFragment, $0.value) },
      uniquingKeysWith: { first, _ in first })
  }
}
