/// Index of a subschema in the plan.
typealias NodeID = UInt32

/// What one subschema asks of a value: which types it may have, and the rules to apply to it.
struct PlanNode: BitwiseCopyable {
  /// One bit for each `JSONKind`, and ``integersOnly``.
  var types: UInt8 = PlanNode.everyType
  var flags: UInt8 = 0
  /// Rules stand in this order from `firstRule` on: those for every kind, then those for one kind alone.
  var anyEnd: UInt32 = 0
  var numberEnd: UInt32 = 0
  var stringEnd: UInt32 = 0
  var arrayEnd: UInt32 = 0
  var objectEnd: UInt32 = 0
  var firstRule: UInt32 = 0
  var resource: UInt32 = 0

  static let everyType: UInt8 = 0b0011_1111
  /// Numbers have to be whole.
  static let integersOnly: UInt8 = 0b0100_0000

  /// Has an `unevaluated…` rule, so it has to know which children the others looked at.
  static let tracksEvaluation: UInt8 = 1
  /// Its value must never be repeated in a message.
  static let isSensitive: UInt8 = 2

  static let none = NodeID.max
}

/// One keyword, or a group of keywords that are checked together.
struct PlanRule: BitwiseCopyable {
  enum Operation: UInt8 {
    case reference, dynamicReference, allOf, anyOf, oneOf, not, conditional, enumeration
    case minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf
    case minLength, maxLength, pattern, format
    case minItems, maxItems, uniqueItems, elements, contains, unevaluatedItems
    case minProperties, maxProperties, members, required, dependentRequired, dependentSchema,
      unevaluatedProperties
  }

  var operation: Operation
  /// `contains`: what it finds counts as evaluated, as it has since 2020-12.
  var evaluates = false
  /// What the operands mean depends on the operation; see where the compiler adds the rule.
  var a: UInt32 = 0
  var b: UInt32 = 0
  var c: UInt32 = 0

  /// How a reference was written: operand `c`.
  static let byRef: UInt32 = 0
  static let byDynamicRef: UInt32 = 1
  static let byRecursiveRef: UInt32 = 2
}

/// A bound of `minimum` and its kin, or the step of `multipleOf`.
struct PlanBound: BitwiseCopyable {
  var integer: Int64
  var isInteger: Bool
  /// The number's text among the plan's bytes.
  var text: PlanText
}

/// A slice of the plan's bytes.
struct PlanText: BitwiseCopyable {
  var start: UInt32
  var count: UInt32
}

/// A name and its hash, for look-ups in instances.
struct PlanKey: BitwiseCopyable {
  var text: PlanText
  var hash: UInt32
}

/// One place of a table of property names; tables are powers of two in size and at most half full.
struct PlanProperty: BitwiseCopyable {
  var key: PlanKey
  /// Subschema of the value, ``PlanNode/none`` when the name is only required.
  var node: NodeID
  /// Which bit of the set of required names it sets, 0 for none. `isUsed` is false in an empty place.
  var requiredBit: UInt64
  var isDeclared: Bool
  var isUsed: Bool

  static let unused = PlanProperty(
    key: PlanKey(text: PlanText(start: 0, count: 0), hash: 0), node: PlanNode.none, requiredBit: 0,
    isDeclared: false, isUsed: false)
}

/// `properties`, `patternProperties`, `additionalProperties`, `propertyNames` and `required`, checked in one pass.
struct PlanMembers: BitwiseCopyable {
  var table: UInt32 = 0
  /// Size of the table less one.
  var mask: UInt32 = 0
  var hasTable = false
  /// In the list of pattern and node pairs.
  var patterns: UInt32 = 0
  var patternCount: UInt32 = 0
  var additional: NodeID = PlanNode.none
  var names: NodeID = PlanNode.none
  var required: UInt64 = 0
}

/// `const` and `enum`: one bit for each of null, false and true; the rest among the constants.
struct PlanEnumeration: BitwiseCopyable {
  var literals: UInt8 = 0
  /// Hashes and constants of the strings, sorted by hash.
  var strings: UInt32 = 0
  var stringCount: UInt32 = 0
  /// Numbers, arrays and objects.
  var others: UInt32 = 0
  var otherCount: UInt32 = 0
  /// Every value in the order of the schema, for messages.
  var all: UInt32 = 0
  var allCount: UInt32 = 0
  var isConst = false

  static let null: UInt8 = 1
  static let `false`: UInt8 = 2
  static let `true`: UInt8 = 4
}

struct PlanConstant: BitwiseCopyable {
  /// Of the string's bytes; of an array's or object's structure; 0 for numbers.
  var hash: UInt32
  /// Index into the tape of constants.
  var index: UInt32
}

/// Where a dynamic reference may lead instead of to its default.
struct PlanDynamicAnchor: BitwiseCopyable {
  var name: UInt32
  var resource: UInt32
  var node: NodeID
}

/// A pattern as validation sees it; its ``Pattern`` keeps `code` alive.
struct PlanPattern: BitwiseCopyable, @unchecked Sendable {
  // @unchecked: pcre2_code is read-only once compiled.
  enum Shape: UInt8 {
    /// Every text matches.
    case anything
    /// The text starts with the literal, or is the literal.
    case prefix, exactly
    /// `code` decides.
    case expression
  }

  var shape: Shape
  var literal: PlanText
  var code: OpaquePointer?
}
