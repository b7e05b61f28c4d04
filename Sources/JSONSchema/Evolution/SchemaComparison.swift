package import JSONCodec

/// How the values that a new schema accepts relate to those its predecessor accepted.
package enum SchemaRelation: String, Sendable, CaseIterable {
  case same
  /// More is accepted than before, and nothing less.
  case widened
  /// Less is accepted than before, and nothing more.
  case narrowed
  /// Some values are accepted only before, some only now.
  case incomparable
  /// It could not be proved one way or the other. Treat it as the worst.
  case unknown
}

/// Which side of a function a schema describes.
package enum SchemaDirection: String, Sendable, CaseIterable {
  /// Arguments: whatever was accepted before must be accepted now.
  case input
  /// Results: whatever is promised now must keep the promise of before.
  case output
}

/// What a comparison found. A "yes" is proved from the keywords, a "no" by a value that one schema accepts and the other
/// does not; whatever is neither is open.
package struct SchemaComparison: Sendable {
  /// Every value accepted before is accepted now; `nil` when that is open.
  package let acceptsAllOfOld: Bool?
  /// Every value accepted now was accepted before; `nil` when that is open.
  package let acceptsOnlyOld: Bool?
  /// Where in the new schema a value of before may be refused, or where it could not be told.
  package let narrowedAt: [JSONPointer]
  /// Where in the new schema a value may be accepted that was not before, or where it could not be told.
  package let widenedAt: [JSONPointer]
  /// Accepted before, refused now.
  package let lostExample: JSONValue?
  /// Accepted now, refused before.
  package let gainedExample: JSONValue?

  package var relation: SchemaRelation {
    switch (acceptsAllOfOld, acceptsOnlyOld) {
    case (true?, true?): .same
    case (true?, false?): .widened
    case (false?, true?): .narrowed
    case (false?, false?): .incomparable
    default: .unknown
    }
  }

  /// Whether the new schema may take the old one's place. An open question is a no.
  package func isCompatible(_ direction: SchemaDirection) -> Bool {
    (direction == .input ? acceptsAllOfOld : acceptsOnlyOld) == true
  }

  /// - Throws: when one of the schemas cannot be compiled.
  package static func compare(
    old: JSONValue, new: JSONValue, resources: SchemaResources = SchemaResources(),
    options: SchemaOptions = SchemaOptions()
  ) throws(SchemaError) -> SchemaComparison {
    let before = try ComparedSchema(old, resources: resources, options: options)
    let after = try ComparedSchema(new, resources: resources, options: options)
    var forward = InclusionProof(inner: before, outer: after)
    let isForward = forward.isIncluded()
    var backward = InclusionProof(inner: after, outer: before)
    let isBackward = backward.isIncluded()
    let samples = isForward && isBackward ? [] : SampleValues.of(before, after)
    // A proof cannot be refuted by a sample; if it ever is, the proof is what must not be believed.
    let lost = samples.first { before.accepts($0) && !after.accepts($0) }?.value
    let gained = samples.first { after.accepts($0) && !before.accepts($0) }?.value
    return SchemaComparison(
      acceptsAllOfOld: lost != nil ? false : isForward ? true : nil,
      acceptsOnlyOld: gained != nil ? false : isBackward ? true : nil,
      narrowedAt: isForward ? [] : forward.failures(inNew: true),
      widenedAt: isBackward ? [] : backward.failures(inNew: false),
      lostExample: lost, gainedExample: gained)
  }
}

/// One side of a comparison.
struct ComparedSchema {
  let root: JSONValue
  let rules: DialectRules
  let assertsFormat: Bool
  private let compiled: CompiledSchema
  private let parts = CompiledParts()
  private let resources: SchemaResources
  private let options: SchemaOptions

  init(_ root: JSONValue, resources: SchemaResources, options: SchemaOptions) throws(SchemaError) {
    self.root = root
    self.resources = resources
    self.options = options
    compiled = try CompiledSchema(root, resources: resources, options: options)
    rules = try SchemaIndex(root: root, supplied: resources, defaultDialect: options.defaultDialect)
      .resources[0].rules
    assertsFormat = options.assertsFormat || rules.vocabularies.contains(.formatAssertion)
  }

  func accepts(_ sample: SampleValues.Sample) -> Bool { compiled.isValid(sample.document.root) }

  /// Whether a subschema with an identity of its own lies on the way to `pointer`.
  func hasResource(above pointer: JSONPointer) -> Bool {
    (1..<max(pointer.tokens.count, 1)).contains {
      root[JSONPointer(Array(pointer.tokens.prefix($0)))]?["$id"] != nil
    }
  }

  /// Whether every one of `values` passes the subschema at `pointer`.
  func accepts(_ values: [JSONValue], at pointer: JSONPointer) -> Bool {
    guard let part = parts.schema(at: pointer, make: { compiledPart(at: pointer) }) else { return false }
    return values.allSatisfy { value in
      guard let sample = SampleValues.Sample(value) else { return false }
      return part.isValid(sample.document.root)
    }
  }

  private func compiledPart(at pointer: JSONPointer) -> CompiledSchema? {
    let uri = "urn:jackfield:compared"
    var document = root
    document["$id"] = nil
    let fragment = pointer.description.utf8.map { byte in
      byte.isLetter || byte.isDigit || byte.isOne(of: "-._~/$")
        ? String(UnicodeScalar(byte)) : "%" + String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }.joined()
    var documents = resources.documents
    documents[uri] = document
    return try? CompiledSchema(
      ["$ref": .string(uri + "#" + fragment)], resources: SchemaResources(documents), options: options)
  }
}

/// Subschemas compiled once while a comparison lasts.
private final class CompiledParts {
  private var known: [JSONPointer: CompiledSchema?] = [:]

  func schema(at pointer: JSONPointer, make: () -> CompiledSchema?) -> CompiledSchema? {
    if let schema = known[pointer] { return schema }
    let schema = make()
    known[pointer] = .some(schema)
    return schema
  }
}
