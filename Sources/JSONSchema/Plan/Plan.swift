import JSONCodec

/// A schema compiled: flat tables of numbers, written once and read from any thread.
final class Plan: Sendable {
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
  /// Names of keys and texts of bounds.
  let bytes: PlanTable<UInt8>
  /// One array with every value of every `const` and `enum`.
  let constantValues: JSONDocument
  let patterns: [Pattern]
  /// What messages and outputs need and validation does not.
  let origins: [PlanOrigin]
  let resourceURIs: [String]
  let limits: SchemaLimits
  /// Some dynamic reference has more than one place to lead to, so the dynamic scope is kept.
  let tracksDynamicScope: Bool
  /// Some subschema says that its value must not be repeated.
  let hasSensitiveValues: Bool
  let root: NodeID

  init(_ builder: PlanBuilder, root: NodeID, limits: SchemaLimits, resourceURIs: [String]) {
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
    bytes = PlanTable(builder.bytes)
    constantValues = builder.constantDocument
    patterns = builder.patterns
    origins = builder.origins
    self.resourceURIs = resourceURIs
    self.limits = limits
    tracksDynamicScope = !builder.dynamicAnchors.isEmpty
    hasSensitiveValues = builder.nodes.contains { $0.flags & PlanNode.isSensitive != 0 }
    self.root = root
  }

  deinit {
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
    bytes.free()
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
