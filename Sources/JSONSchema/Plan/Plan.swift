import JSONCodec

/// A schema compiled: flat tables of numbers, written once and read from any thread.
final class Plan: Sendable {
  let tables: PlanTables
  /// Keeps the patterns alive that ``PlanTables/patterns`` points to.
  private let patternOwners: [Pattern]
  /// What messages and outputs need and validation does not.
  let origins: [PlanOrigin]
  let resources: [PlanResource]
  /// Some subschema says that its value must not be repeated.
  let hasSensitiveValues: Bool

  init(_ builder: PlanBuilder, root: NodeID, limits: SchemaLimits, resources: [PlanResource]) {
    tables = PlanTables(builder, root: root, limits: limits)
    patternOwners = builder.patterns
    origins = builder.origins
    self.resources = resources
    hasSensitiveValues = builder.nodes.contains { $0.flags & PlanNode.isSensitive != 0 }
  }

  deinit { tables.free() }

  func source(of pattern: UInt32) -> String { patternOwners[Int(pattern)].source }
}

/// Where the tables of a plan are: a plain value, so that validation has nothing to retain. Valid as long as the plan.
struct PlanTables: BitwiseCopyable, Sendable {
  let nodes: PlanTable<PlanNode>
  let rules: PlanTable<PlanRule>
  /// Subschemas of `allOf` and its kin, pattern and node pairs, lists of keys: whatever a rule needs a list for.
  let lists: PlanTable<UInt32>
  let members: PlanTable<PlanMembers>
  let properties: PlanTable<PlanProperty>
  let keys: PlanTable<PlanKey>
  let bounds: PlanTable<PlanBound>
  let enumerations: PlanTable<PlanEnumeration>
  let constants: PlanTable<PlanConstant>
  let dynamicAnchors: PlanTable<PlanDynamicAnchor>
  let patterns: PlanTable<PlanPattern>
  /// Names of keys, texts of bounds, literals of patterns.
  let bytes: PlanTable<UInt8>
  /// One array with every value of every `const` and `enum`, and its tape.
  private let constantText: PlanTable<UInt8>
  private let constantNodes: PlanTable<JSONNode>
  /// Some dynamic reference has more than one place to lead to, so the dynamic scope is kept.
  let tracksDynamicScope: Bool
  let root: NodeID
  let steps: Int
  let stepsPerValue: Int
  let patternMilliseconds: Int

  init(_ builder: PlanBuilder, root: NodeID, limits: SchemaLimits) {
    let constantDocument = builder.constantDocument
    var bytes = builder.bytes
    patterns = PlanTable(builder.patterns.map { $0.entry(addingLiteralTo: &bytes) })
    self.bytes = PlanTable(bytes)
    nodes = PlanTable(builder.nodes)
    rules = PlanTable(builder.rules)
    lists = PlanTable(builder.lists)
    members = PlanTable(builder.members)
    properties = PlanTable(builder.properties)
    keys = PlanTable(builder.keys)
    bounds = PlanTable(builder.bounds)
    enumerations = PlanTable(builder.enumerations)
    constants = PlanTable(builder.constants)
    dynamicAnchors = PlanTable(builder.dynamicAnchors)
    constantText = PlanTable(constantDocument.bytes)
    constantNodes = PlanTable(constantDocument.nodes)
    tracksDynamicScope = !builder.dynamicAnchors.isEmpty
    self.root = root
    steps = limits.steps
    stepsPerValue = limits.stepsPerValue
    patternMilliseconds = limits.patternMilliseconds
  }

  func free() {
    nodes.free()
    rules.free()
    lists.free()
    members.free()
    properties.free()
    keys.free()
    bounds.free()
    enumerations.free()
    constants.free()
    dynamicAnchors.free()
    patterns.free()
    bytes.free()
    constantText.free()
    constantNodes.free()
  }

  var constantValues: JSONTape {
    JSONTape(text: constantText.base, nodes: constantNodes.base, count: constantNodes.count)
  }

  @inline(__always)
  func bytes(of text: PlanText) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: bytes.base + Int(text.start), count: Int(text.count))
  }

  func string(of text: PlanText) -> String { String(decoding: bytes(of: text), as: UTF8.self) }
}

/// Where a subschema stands: below another one, or at a place that a reference named.
struct PlanOrigin: Sendable {
  var parent: NodeID
  var keyword: String
  var token: String?
  var base: JSONPointer
  var resource: Int
  /// As it was written: annotations and defaults are read from here.
  var schema: JSONValue
}

/// A schema resource some subschema of the plan belongs to.
struct PlanResource: Sendable {
  var uri: String
  var pointer: JSONPointer
  var dialect: SchemaDialect
}

extension Plan {
  /// Into the document the subschema is in.
  func pointer(to node: NodeID) -> JSONPointer {
    var steps: [String] = []
    var origin = origins[Int(node)]
    while origin.parent != PlanNode.none {
      if let token = origin.token { steps.append(token) }
      steps.append(origin.keyword)
      origin = origins[Int(origin.parent)]
    }
    return JSONPointer(origin.base.tokens + steps.reversed())
  }
}
