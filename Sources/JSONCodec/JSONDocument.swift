/// A JSON text and the tape it was parsed into. Immutable; passing it is passing one reference.
package final class JSONDocument: Sendable {
  /// The text as it came in.
  package let bytes: [UInt8]
  /// The tape.
  package let nodes: [JSONNode]
  /// Where a key repeats an earlier one of its object: reported here when the limits allow it, thrown when they do not.
  package let duplicateKey: JSONError?

  package init(parsing bytes: [UInt8], limits: JSONLimits = .default) throws(JSONError) {
    (nodes, duplicateKey) = try Self.parse(bytes, limits: limits)
    self.bytes = bytes
  }

  package convenience init(parsing text: String, limits: JSONLimits = .default) throws(JSONError) {
    try self.init(parsing: Array(text.utf8), limits: limits)
  }

  package var root: JSONView { JSONView(document: self, index: 0) }

  /// Lends the tape to `body`, for work that reads many values.
  @inlinable @inline(__always)
  package func withTape<Result>(_ body: (JSONTape) -> Result) -> Result {
    bytes.withUnsafeBufferPointer { text in
      nodes.withUnsafeBufferPointer { nodes in
        // A parsed text is not empty, and neither is its tape.
        body(
          JSONTape(
            text: text.baseAddress.unsafelyUnwrapped, nodes: nodes.baseAddress.unsafelyUnwrapped,
            count: nodes.count))
      }
    }
  }

  private static func parse(
    _ bytes: [UInt8], limits: JSONLimits
  ) throws(JSONError) -> (nodes: [JSONNode], duplicateKey: JSONError?) {
    let outcome = bytes.withUnsafeBufferPointer { text in
      ParserScratch.withOwn(depth: limits.maxDepth, bytes: text.count) {
        scratch -> Result<([JSONNode], JSONError?), JSONError> in
        var parser = JSONParser(limits: limits, scratch: scratch)
        do throws(JSONError) { try parser.parse(text) } catch { return .failure(error) }
        let nodes = Array(UnsafeBufferPointer(start: parser.nodes, count: parser.count))
        return .success((nodes, parser.duplicateKeyOffset.map { JSONError(.duplicateKey, at: $0, in: text) }))
      }
    }
    return try outcome.get()
  }
}
