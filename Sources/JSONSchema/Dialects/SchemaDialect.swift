/// The drafts of JSON Schema this module speaks.
package enum SchemaDialect: String, Sendable, CaseIterable {
  case draft07 = "http://json-schema.org/draft-07/schema"
  case draft201909 = "https://json-schema.org/draft/2019-09/schema"
  case draft202012 = "https://json-schema.org/draft/2020-12/schema"
}

/// The vocabularies of 2019-09 and 2020-12; draft 07 has the same keywords under no name.
struct Vocabularies: OptionSet, Sendable {
  let rawValue: UInt8

  static let core = Vocabularies(rawValue: 1 << 0)
  static let applicator = Vocabularies(rawValue: 1 << 1)
  static let unevaluated = Vocabularies(rawValue: 1 << 2)
  static let validation = Vocabularies(rawValue: 1 << 3)
  static let metadata = Vocabularies(rawValue: 1 << 4)
  static let formatAnnotation = Vocabularies(rawValue: 1 << 5)
  static let formatAssertion = Vocabularies(rawValue: 1 << 6)
  static let content = Vocabularies(rawValue: 1 << 7)
  static let all: Vocabularies = [
    .core, .applicator, .unevaluated, .validation, .metadata, .formatAnnotation, .content,
  ]

  static let byURI: [String: Vocabularies] = [
    "https://json-schema.org/draft/2019-09/vocab/core": .core,
    "https://json-schema.org/draft/2019-09/vocab/applicator": [.applicator, .unevaluated],
    "https://json-schema.org/draft/2019-09/vocab/validation": .validation,
    "https://json-schema.org/draft/2019-09/vocab/meta-data": .metadata,
    "https://json-schema.org/draft/2019-09/vocab/format": .formatAnnotation,
    "https://json-schema.org/draft/2019-09/vocab/content": .content,
    "https://json-schema.org/draft/2020-12/vocab/core": .core,
    "https://json-schema.org/draft/2020-12/vocab/applicator": .applicator,
    "https://json-schema.org/draft/2020-12/vocab/unevaluated": .unevaluated,
    "https://json-schema.org/draft/2020-12/vocab/validation": .validation,
    "https://json-schema.org/draft/2020-12/vocab/meta-data": .metadata,
    "https://json-schema.org/draft/2020-12/vocab/format-annotation": .formatAnnotation,
    "https://json-schema.org/draft/2020-12/vocab/format-assertion": .formatAssertion,
    "https://json-schema.org/draft/2020-12/vocab/content": .content,
  ]
}

/// What a resource's `$schema` decides: the draft, and which of its vocabularies are in use.
struct DialectRules: Sendable {
  var dialect: SchemaDialect
  var vocabularies: Vocabularies = .all
}
