import JSONCodec

/// Turns a schema and what it refers to into a plan, subschema by subschema; each reference's target is compiled once.
struct PlanCompiler {
  var index: SchemaIndex
  var plan = PlanBuilder()
  let options: SchemaOptions
  /// Subschemas that references lead to, by where they stand; also those being compiled right now.
  private var compiled: [SchemaLocation: NodeID] = [:]
  /// Subschemas that see the same instance location as their parent.
  var inPlace: [(from: NodeID, to: NodeID)] = []
  var pendingDynamic: [PendingDynamicReference] = []
  private var depth = 0
  var constantCount = 0

  /// Where a subschema stands while it is compiled.
  struct Place {
    var document: Int
    var resource: Int
    var origin: PlanOrigin
  }

  static func compile(
    _ schema: JSONValue, resources: SchemaResources, options: SchemaOptions
  ) throws(SchemaError) -> Plan {
    var compiler = PlanCompiler(
      index: try SchemaIndex(root: schema, supplied: resources, defaultDialect: options.defaultDialect),
      options: options)
    let root = try compiler.compileTarget(at: SchemaLocation(document: 0, pointer: .root), resource: 0)
    try compiler.compileDynamicReferences()
    try compiler.checkInPlaceApplication()
    guard compiler.index.resources.count <= UInt16.max else {
      throw SchemaError(code: .tooLarge, pointer: .root, message: "The schema refers to too many documents.")
    }
    let resources = compiler.index.resources.map {
      PlanResource(uri: $0.uri.withoutFragment, pointer: $0.location.pointer, dialect: $0.rules.dialect)
    }
    return Plan(compiler.plan, root: root, limits: options.limits, resources: resources)
  }

  private init(index: SchemaIndex, options: SchemaOptions) {
    self.index = index
    self.options = options
  }

  // MARK: Subschemas

  /// Compiles what a reference leads to, unless it has been.
  mutating func compileTarget(at location: SchemaLocation, resource: Int) throws(SchemaError) -> NodeID {
    if let known = compiled[location] { return known }
    guard let schema = index.value(at: location) else {
      throw SchemaError(
        code: .unresolvedReference, pointer: location.pointer, message: "There is no such subschema.")
    }
    let origin = PlanOrigin(
      parent: PlanNode.none, keyword: "", token: nil, base: location.pointer, resource: resource,
      schema: schema)
    let place = Place(document: location.document, resource: resource, origin: origin)
    let node = plan.addNode(origin: origin)
    compiled[location] = node
    try compile(schema, into: node, at: place)
    return node
  }

  mutating func compileInline(
    _ schema: JSONValue, under parent: NodeID, _ keyword: Keyword, _ token: String? = nil, at place: Place
  ) throws(SchemaError) -> NodeID {
    let origin = PlanOrigin(
      parent: parent, keyword: keyword.rawValue, token: token, base: .root, resource: place.resource,
      schema: schema)
    let node = plan.addNode(origin: origin)
    try compile(
      schema, into: node, at: Place(document: place.document, resource: place.resource, origin: origin))
    return node
  }

  private mutating func compile(_ schema: JSONValue, into node: NodeID, at place: Place) throws(SchemaError) {
    depth += 1
    defer { depth -= 1 }
    guard depth <= options.limits.depth else {
      throw failure(.tooDeep, at: node, "Subschemas are nested deeper than \(options.limits.depth).")
    }
    guard plan.nodes.count <= options.limits.subschemas else {
      throw failure(.tooLarge, at: node, "The schema has more than \(options.limits.subschemas) subschemas.")
    }
    switch schema {
    case .bool(let accepts):
      plan.nodes[Int(node)].resource = UInt32(place.resource)
      plan.nodes[Int(node)].types = accepts ? PlanNode.everyType : 0
    case .object(let keywords):
      var place = place
      if keywords["$id"] != nil, place.origin.parent != PlanNode.none,
        let inner = try index.resource(
          rootedAt: SchemaLocation(document: place.document, pointer: pointer(to: node)))
      {
        place.resource = inner
        plan.origins[Int(node)].resource = inner
      }
      let rules = index.resources[place.resource].rules
      var subschema = SubschemaCompiler(node: node, place: place, keywords: keywords, rules: rules)
      try subschema.compile(with: &self)
    default:
      throw failure(.invalidKeyword, at: node, "A schema must be an object or a boolean.")
    }
  }

  // MARK: Errors

  func pointer(to node: NodeID) -> JSONPointer {
    var steps: [String] = []
    var origin = plan.origins[Int(node)]
    while origin.parent != PlanNode.none {
      if let token = origin.token { steps.append(token) }
      steps.append(origin.keyword)
      origin = plan.origins[Int(origin.parent)]
    }
    return JSONPointer(origin.base.tokens + steps.reversed())
  }

  func failure(_ code: SchemaError.Code, at node: NodeID, _ message: String) -> SchemaError {
    SchemaError(code: code, pointer: pointer(to: node), message: message)
  }

  func invalid(_ keyword: Keyword, at node: NodeID, _ what: String) -> SchemaError {
    SchemaError(
      code: .invalidKeyword, pointer: pointer(to: node).appending(keyword.rawValue),
      message: "\"\(keyword.rawValue)\" must be \(what).")
  }
}
