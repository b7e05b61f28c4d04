package import JSONCodec

/// Why a schema cannot be registered.
package struct SchemaError: Error, Sendable, Equatable {
  /// Stable across releases: callers branch on it. Never reuse a removed value.
  package enum Code: String, Sendable, CaseIterable {
    case invalidKeyword = "invalid_keyword"
    case invalidPattern = "invalid_pattern"
    case invalidIdentifier = "invalid_identifier"
    case unknownDialect = "unknown_dialect"
    case unknownVocabulary = "unknown_vocabulary"
    case unresolvedReference = "unresolved_reference"
    case referenceLoop = "reference_loop"
    case tooDeep = "schema_too_deep"
    case tooLarge = "schema_too_large"
    case tooManyBranches = "schema_too_many_branches"
  }

  package let code: Code
  /// Into the document the subschema is in.
  package let pointer: JSONPointer
  /// One sentence for whoever wrote the schema.
  package let message: String

  package init(code: Code, pointer: JSONPointer, message: String) {
    self.code = code
    self.pointer = pointer
    self.message = message
  }
}
