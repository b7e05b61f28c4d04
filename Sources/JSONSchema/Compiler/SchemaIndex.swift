import JSONCodec

/// A place in one of the documents a compilation reads.
struct SchemaLocation: Hashable, Sendable {
  var document: Int
  var pointer: JSONPointer
}

/// A schema with an identity of its own: a document, or a subschema with `$id`.
struct SchemaResource: Sendable {
  var uri: URIReference
  var location: SchemaLocation
  var rules: DialectRules
  var anchors: [String: SchemaLocation] = [:]
  var dynamicAnchors: [String: SchemaLocation] = [:]
  /// `$recursiveAnchor: true` at its root (2019-09).
  var isRecursiveAnchor = false
}

/// Finds what references name. Documents are read when a reference first needs them.
struct SchemaIndex {
  private(set) var documents: [JSONValue] = []
  private(set) var resources: [SchemaResource] = []
  private var resourceByURI: [String: Int] = [:]
  private var resourceByLocation: [SchemaLocation: Int] = [:]
  private var scanned: Set<Int> = []
  private let supplied: SchemaResources
  private let defaultDialect: SchemaDialect
  private var hasReadAll = false

  /// The resource a compilation starts from is number 0.
  init(root: JSONValue, supplied: SchemaResources, defaultDialect: SchemaDialect) throws(SchemaError) {
    self.supplied = supplied
    self.defaultDialect = defaultDialect
    _ = try add(root, retrievedFrom: "")
  }

  func value(at location: SchemaLocation) -> JSONValue? { documents[location.document][location.pointer] }

  /// Registers a document's root; what is inside it is looked at by ``scan(_:)``.
  private mutating func add(_ document: JSONValue, retrievedFrom uri: String) throws(SchemaError) -> Int {
    let location = SchemaLocation(document: documents.count, pointer: .root)
    documents.append(document)
    var identity = URIReference(uri)
    if let id = document["$id"]?.string { identity = URIReference(id).resolved(against: identity) }
    let fallback = resources.first?.rules ?? DialectRules(dialect: defaultDialect)
    let rules = try dialectRules(named: document["$schema"], fallback: fallback, at: .root)
    let number = addResource(SchemaResource(uri: identity, location: location, rules: rules))
    if !uri.isEmpty { resourceByURI[uri] = number }
    return number
  }

  private mutating func addResource(_ resource: SchemaResource) -> Int {
    let number = resources.count
    resources.append(resource)
    resourceByLocation[resource.location] = number
    let uri = resource.uri.withoutFragment
    if resourceByURI[uri] == nil { resourceByURI[uri] = number }
    return number
  }

  /// The resource whose root this is, once its document has been scanned.
  mutating func resource(rootedAt location: SchemaLocation) throws(SchemaError) -> Int? {
    try scan(location.document)
    return resourceByLocation[location]
  }

  // MARK: Dialects

  private mutating func dialectRules(
    named schema: JSONValue?, fallback: DialectRules, at pointer: JSONPointer
  ) throws(SchemaError) -> DialectRules {
    guard let schema else { return fallback }
    guard let uri = schema.string.map({ URIReference($0).withoutFragment }) else {
      throw SchemaError(
        code: .invalidKeyword, pointer: pointer.appending("$schema"), message: "\"$schema\" must be a URI.")
    }
    if let dialect = SchemaDialect(rawValue: uri) { return DialectRules(dialect: dialect) }
    if uri == "https://json-schema.org/draft-07/schema" { return DialectRules(dialect: .draft07) }
    guard let metaschema = supplied.documents[uri] else {
      throw SchemaError(
        code: .unknownDialect, pointer: pointer.appending("$schema"),
        message: "The dialect is not one this host knows: use draft 2020-12, 2019-09 or 07.")
    }
    return try rules(of: metaschema, uri: uri, at: pointer)
  }

  /// A metaschema of somebody's own: the draft it is written in, and the vocabularies it lists.
  private func rules(of metaschema: JSONValue, uri: String, at pointer: JSONPointer) throws(SchemaError)
    -> DialectRules
  {
    let parent = metaschema["$schema"]?.string.map { URIReference($0).withoutFragment } ?? ""
    guard let dialect = SchemaDialect(rawValue: parent) else {
      throw SchemaError(
        code: .unknownDialect, pointer: pointer.appending("$schema"),
        message: "The metaschema it names is not itself written in a draft this host knows.")
    }
    guard let listed = metaschema["$vocabulary"]?.object else { return DialectRules(dialect: dialect) }
    var vocabularies: Vocabularies = []
    for (name, isRequired) in listed {
      if let known = Vocabularies.byURI[name] {
        // In 2019-09 the same vocabulary asserts when its value is true, and only annotates when it is false.
        vocabularies.formUnion(known)
        if dialect == .draft201909, known == .formatAnnotation, isRequired.bool == true {
          vocabularies.insert(.formatAssertion)
        }
      } else if isRequired.bool == true {
        throw SchemaError(
          code: .unknownVocabulary, pointer: pointer.appending("$schema"),
          message: "The metaschema it names requires a vocabulary this host does not know.")
      }
    }
    return DialectRules(dialect: dialect, vocabularies: vocabularies)
  }

  // MARK: Scanning for identifiers and anchors

  private mutating func scan(_ document: Int) throws(SchemaError) {
    guard scanned.insert(document).inserted,
      let root = resourceByLocation[SchemaLocation(document: document, pointer: .root)]
    else { return }
    try scan(
      documents[document], at: SchemaLocation(document: document, pointer: .root), in: root, isRoot: true)
  }

  private mutating func scan(
    _ schema: JSONValue, at location: SchemaLocation, in outer: Int, isRoot: Bool
  ) throws(SchemaError) {
    guard case .object(let members) = schema else { return }
    guard location.pointer.tokens.count <= JSONLimits.deepest else {
      throw SchemaError(code: .tooDeep, pointer: .root, message: "Subschemas are nested too deeply.")
    }
    let resource = isRoot ? outer : try innerResource(members, at: location, in: outer)
    try noteAnchors(members, at: location, in: resource)
    let rules = resources[resource].rules
    for (name, value) in members {
      guard let keyword = Keyword.named(name, under: rules) else { continue }
      let inside = SchemaLocation(document: location.document, pointer: location.pointer.appending(name))
      try scanContents(of: keyword, value, at: inside, in: resource)
    }
  }

  private mutating func scanContents(
    of keyword: Keyword, _ value: JSONValue, at location: SchemaLocation, in resource: Int
  ) throws(SchemaError) {
    switch (keyword.contents, value) {
    case (.nothing, _): break
    case (.schema, _), (.schemaOrSchemas, .object):
      try scan(value, at: location, in: resource, isRoot: false)
    case (.schemas, .array(let elements)), (.schemaOrSchemas, .array(let elements)):
      for (index, element) in elements.enumerated() {
        let place = SchemaLocation(document: location.document, pointer: location.pointer.appending(index))
        try scan(element, at: place, in: resource, isRoot: false)
      }
    case (.namedSchemas, .object(let members)), (.schemasOrNames, .object(let members)):
      for (name, element) in members {
        let place = SchemaLocation(document: location.document, pointer: location.pointer.appending(name))
        try scan(element, at: place, in: resource, isRoot: false)
      }
    default: break
    }
  }

  /// A subschema with `$id` is a resource of its own.
  private mutating func innerResource(
    _ members: JSONObject, at location: SchemaLocation, in outer: Int
  ) throws(SchemaError) -> Int {
    let rules = resources[outer].rules
    guard let id = members["$id"]?.string, !(rules.dialect == .draft07 && members["$ref"] != nil) else {
      return outer
    }
    let reference = URIReference(id)
    // Draft 07 names places inside a resource this way too.
    if reference.withoutFragment.isEmpty { return outer }
    let inner = try dialectRules(named: members["$schema"], fallback: rules, at: location.pointer)
    let uri = reference.resolved(against: resources[outer].uri)
    return addResource(SchemaResource(uri: uri, location: location, rules: inner))
  }

  private mutating func noteAnchors(
    _ members: JSONObject, at location: SchemaLocation, in resource: Int
  ) throws(SchemaError) {
    let dialect = resources[resource].rules.dialect
    if dialect == .draft07 {
      guard members["$ref"] == nil, let id = members["$id"]?.string, let anchor = URIReference(id).fragment,
        !anchor.isEmpty
      else { return }
      resources[resource].anchors[String(anchor)] = location
      return
    }
    if let anchor = members["$anchor"]?.string { resources[resource].anchors[anchor] = location }
    if dialect == .draft202012, let anchor = members["$dynamicAnchor"]?.string {
      resources[resource].anchors[anchor] = location
      resources[resource].dynamicAnchors[anchor] = location
    }
    if dialect == .draft201909, members["$recursiveAnchor"]?.bool == true,
      resources[resource].location == location
    {
      resources[resource].isRecursiveAnchor = true
    }
  }

  // MARK: Resolving

  /// What a reference leads to.
  struct Target {
    var location: SchemaLocation
    var resource: Int
    /// The plain name it was reached by, when it was.
    var anchor: String?
  }

  /// - Returns: `nil` when no document that was supplied has what `reference` names.
  mutating func resolve(_ reference: String, from resource: Int) throws(SchemaError) -> Target? {
    let parsed = URIReference(reference)
    var home = resource
    if !parsed.withoutFragment.isEmpty {
      let uri = parsed.resolved(against: resources[resource].uri).withoutFragment
      guard let found = try find(uri) else { return nil }
      home = found
    }
    try scan(resources[home].location.document)
    guard let fragment = URIReference.percentDecoded(parsed.fragment ?? "") else { return nil }
    if fragment.isEmpty { return Target(location: resources[home].location, resource: home) }
    if !fragment.hasPrefix("/") {
      guard let location = resources[home].anchors[fragment] else { return nil }
      return Target(
        location: location, resource: innermostResource(around: location) ?? home, anchor: fragment)
    }
    guard let pointer = try? JSONPointer(parsing: fragment) else { return nil }
    let base = resources[home].location
    let location = SchemaLocation(
      document: base.document, pointer: JSONPointer(base.pointer.tokens + pointer.tokens))
    guard value(at: location) != nil else { return nil }
    return Target(location: location, resource: innermostResource(around: location) ?? home)
  }

  private func innermostResource(around location: SchemaLocation) -> Int? {
    var place = location
    while true {
      if let resource = resourceByLocation[place] { return resource }
      if place.pointer.tokens.isEmpty { return nil }
      place.pointer.tokens.removeLast()
    }
  }

  private mutating func find(_ uri: String) throws(SchemaError) -> Int? {
    try scan(0)
    if let known = resourceByURI[uri] { return known }
    if let document = supplied.documents[uri] ?? Metaschemas.byURI[uri] {
      return try add(document, retrievedFrom: uri)
    }
    try readAll()
    return resourceByURI[uri]
  }

  /// The name may be an `$id` inside a document supplied under another name.
  private mutating func readAll() throws(SchemaError) {
    guard !hasReadAll else { return }
    hasReadAll = true
    for (uri, document) in supplied.documents.sorted(by: { $0.key < $1.key }) where resourceByURI[uri] == nil
    {
      // One that is of a dialect nobody knows cannot be meant, and must not spoil the others.
      guard let resource = try? add(document, retrievedFrom: uri) else { continue }
      try scan(resources[resource].location.document)
    }
  }
}
