import JSONCodec

/// The tables of a plan while they grow.
struct PlanBuilder {
  var nodes: [PlanNode] = []
  var rules: [PlanRule] = []
  var lists: [UInt32] = []
  var members: [PlanMembers] = []
  var properties: [PlanProperty] = []
  var keys: [PlanKey] = []
  var bounds: [PlanBound] = []
  var enumerations: [PlanEnumeration] = []
  var constants: [PlanConstant] = []
  var dynamicAnchors: [PlanDynamicAnchor] = []
  var bytes: [UInt8] = []
  var patterns: [Pattern] = []
  var origins: [PlanOrigin] = []
  private var constantTexts = JSONWriter(reserving: 16)
  private var constantCount: UInt32 = 1
  private var patternNumbers: [String: UInt32] = [:]

  init() {
    constantTexts.beginArray()
  }

  mutating func addNode(origin: PlanOrigin) -> NodeID {
    nodes.append(PlanNode())
    origins.append(origin)
    return NodeID(nodes.count - 1)
  }

  mutating func addList(_ entries: [UInt32]) -> UInt32 {
    lists.append(contentsOf: entries)
    return UInt32(lists.count - entries.count)
  }

  mutating func addText(_ text: String) -> PlanText {
    let start = bytes.count
    bytes.append(contentsOf: text.utf8)
    return PlanText(start: UInt32(start), count: UInt32(bytes.count - start))
  }

  mutating func addKey(_ name: String) -> PlanKey { PlanKey(text: addText(name), hash: JSONKeyHash.of(name)) }

  /// - Returns: its number in ``keys``.
  mutating func addListedKey(_ name: String) -> UInt32 {
    keys.append(addKey(name))
    return UInt32(keys.count - 1)
  }

  mutating func addBound(_ number: JSONNumber) -> UInt32 {
    let integer = number.int
    bounds.append(PlanBound(integer: integer ?? 0, isInteger: integer != nil, text: addText(number.text)))
    return UInt32(bounds.count - 1)
  }

  /// The same pattern is compiled once, wherever it occurs.
  mutating func addPattern(_ source: String) throws(PatternError) -> UInt32 {
    if let known = patternNumbers[source] { return known }
    patterns.append(try Pattern(source))
    patternNumbers[source] = UInt32(patterns.count - 1)
    return UInt32(patterns.count - 1)
  }

  // MARK: Constants

  mutating func addEnumeration(_ values: [JSONValue], isConst: Bool) -> UInt32 {
    var enumeration = PlanEnumeration()
    enumeration.isConst = isConst
    var strings: [PlanConstant] = []
    var others: [PlanConstant] = []
    var all: [UInt32] = []
    for value in values {
      let index = addConstant(value)
      all.append(index)
      switch value {
      case .null: enumeration.literals |= PlanEnumeration.null
      case .bool(let value): enumeration.literals |= value ? PlanEnumeration.true : PlanEnumeration.false
      case .string(let text): strings.append(PlanConstant(hash: JSONKeyHash.of(text), index: index))
      case .number, .array, .object: others.append(PlanConstant(hash: 0, index: index))
      }
    }
    strings.sort { $0.hash < $1.hash }
    enumeration.strings = UInt32(constants.count)
    enumeration.stringCount = UInt32(strings.count)
    constants += strings
    enumeration.others = UInt32(constants.count)
    enumeration.otherCount = UInt32(others.count)
    constants += others
    enumeration.all = addList(all)
    enumeration.allCount = UInt32(all.count)
    enumerations.append(enumeration)
    return UInt32(enumerations.count - 1)
  }

  /// - Returns: where its node will stand in the tape of ``constantDocument``.
  private mutating func addConstant(_ value: JSONValue) -> UInt32 {
    constantTexts.value(value)
    defer { constantCount += UInt32(value.nodeCount) }
    return constantCount
  }

  var constantDocument: JSONDocument {
    var texts = constantTexts
    texts.endArray()
    do throws(JSONError) {
      return try JSONDocument(
        parsing: texts.bytes, limits: JSONLimits(maxDepth: JSONLimits.deepest, maxBytes: JSONLimits.largest))
    } catch {
      // The writer wrote it, and the compiler has bounded depth and size.
      preconditionFailure("constants do not parse: \(error.message)")
    }
  }
}

extension JSONValue {
  /// Nodes a tape needs for it.
  var nodeCount: Int {
    switch self {
    case .null, .bool, .number, .string: 1
    case .array(let elements): elements.reduce(1) { $0 + $1.nodeCount }
    case .object(let members): members.reduce(1) { $0 + 1 + $1.value.nodeCount }
    }
  }

  /// Arrays and objects inside one another.
  var nesting: Int {
    switch self {
    case .null, .bool, .number, .string: 0
    case .array(let elements): 1 + (elements.map(\.nesting).max() ?? 0)
    case .object(let members): 1 + (members.values.map(\.nesting).max() ?? 0)
    }
  }
}
