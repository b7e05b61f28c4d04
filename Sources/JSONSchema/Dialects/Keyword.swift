/// Every keyword the compiler acts on.
enum Keyword: String, CaseIterable, Sendable {
  case id = "$id"
  case schema = "$schema"
  case ref = "$ref"
  case dynamicRef = "$dynamicRef"
  case recursiveRef = "$recursiveRef"
  case anchor = "$anchor"
  case dynamicAnchor = "$dynamicAnchor"
  case recursiveAnchor = "$recursiveAnchor"
  case vocabulary = "$vocabulary"
  case defs = "$defs"
  case definitions
  case allOf, anyOf, oneOf, not
  case `if`, then, `else`
  case dependentSchemas, dependentRequired, dependencies
  case prefixItems, items, additionalItems, contains
  case properties, patternProperties, additionalProperties, propertyNames
  case unevaluatedItems, unevaluatedProperties
  case type, const, `enum`
  case multipleOf, maximum, exclusiveMaximum, minimum, exclusiveMinimum
  case maxLength, minLength, pattern, format
  case maxItems, minItems, uniqueItems, maxContains, minContains
  case maxProperties, minProperties, required
  case writeOnly, sensitive
  case `default`, title, description, deprecated, readOnly, examples
  case contentEncoding, contentMediaType, contentSchema

  private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })

  /// - Returns: the keyword called `name`, if it is one where `rules` apply.
  static func named(_ name: String, under rules: DialectRules) -> Keyword? {
    guard let keyword = byName[name], keyword.isKnown(to: rules.dialect) else { return nil }
    return keyword.vocabulary.isEmpty || !rules.vocabularies.isDisjoint(with: keyword.vocabulary)
      ? keyword : nil
  }

  private func isKnown(to dialect: SchemaDialect) -> Bool {
    switch self {
    case .additionalItems: dialect != .draft202012
    case .recursiveRef, .recursiveAnchor: dialect == .draft201909
    case .dynamicRef, .dynamicAnchor, .prefixItems: dialect == .draft202012
    case .anchor, .defs, .vocabulary, .dependentSchemas, .dependentRequired, .unevaluatedItems,
      .unevaluatedProperties, .maxContains, .minContains, .contentSchema, .deprecated:
      dialect != .draft07
    default: true
    }
  }

  /// Empty: always in use.
  private var vocabulary: Vocabularies {
    switch self {
    case .allOf, .anyOf, .oneOf, .not, .if, .then, .else, .dependentSchemas, .dependencies, .prefixItems,
      .items,
      .additionalItems, .contains, .properties, .patternProperties, .additionalProperties, .propertyNames:
      .applicator
    case .unevaluatedItems, .unevaluatedProperties: .unevaluated
    case .type, .const, .enum, .multipleOf, .maximum, .exclusiveMaximum, .minimum, .exclusiveMinimum,
      .maxLength,
      .minLength, .pattern, .maxItems, .minItems, .uniqueItems, .maxContains, .minContains, .maxProperties,
      .minProperties, .required, .dependentRequired:
      .validation
    case .format: [.formatAnnotation, .formatAssertion]
    default: []
    }
  }

  /// What stands under the keyword.
  enum Contents { case nothing, schema, schemas, namedSchemas, schemaOrSchemas, schemasOrNames }

  var contents: Contents {
    switch self {
    case .not, .if, .then, .else, .contains, .additionalProperties, .propertyNames, .additionalItems,
      .unevaluatedItems, .unevaluatedProperties, .contentSchema:
      .schema
    case .allOf, .anyOf, .oneOf, .prefixItems: .schemas
    case .defs, .definitions, .dependentSchemas, .properties, .patternProperties: .namedSchemas
    case .items: .schemaOrSchemas
    case .dependencies: .schemasOrNames
    default: .nothing
    }
  }
}
