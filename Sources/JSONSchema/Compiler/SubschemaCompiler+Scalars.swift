import JSONCodec

extension SubschemaCompiler {
  mutating func compileType(_ value: JSONValue, with compiler: inout PlanCompiler) throws(SchemaError) {
    let names: [JSONValue] =
      switch value {
      case .string: [value]
      case .array(let names) where !names.isEmpty: names
      default: throw compiler.invalid(.type, at: node, "the name of a type or an array of such names")
      }
    var accepted: UInt8 = 0
    var hasInteger = false
    for name in names {
      switch name.string {
      case "null": accepted |= 1 << JSONKind.null.rawValue
      case "boolean": accepted |= 1 << JSONKind.bool.rawValue
      case "number": accepted |= 1 << JSONKind.number.rawValue
      case "string": accepted |= 1 << JSONKind.string.rawValue
      case "array": accepted |= 1 << JSONKind.array.rawValue
      case "object": accepted |= 1 << JSONKind.object.rawValue
      case "integer": hasInteger = true
      default:
        throw compiler.invalid(
          .type, at: node,
          "among \"null\", \"boolean\", \"object\", \"array\", \"number\", \"integer\" and \"string\"")
      }
    }
    if hasInteger, accepted & 1 << JSONKind.number.rawValue == 0 {
      accepted |= 1 << JSONKind.number.rawValue | PlanNode.integersOnly
    }
    types = accepted
  }

  mutating func compileEnumeration(
    _ keyword: Keyword, _ value: JSONValue, with compiler: inout PlanCompiler
  ) throws(SchemaError) {
    var values = [value]
    if keyword == .enum {
      guard case .array(let listed) = value else { throw compiler.invalid(.enum, at: node, "an array") }
      values = listed
    }
    for value in values {
      guard value.nesting < JSONLimits.deepest - 1 else {
        throw compiler.failure(
          .tooDeep, at: node, "A value under \"\(keyword.rawValue)\" is nested too deeply.")
      }
      compiler.constantCount += value.nodeCount
    }
    guard compiler.constantCount <= compiler.options.limits.constants else {
      throw compiler.failure(
        .tooLarge, at: node,
        "\"const\" and \"enum\" list more than \(compiler.options.limits.constants) values.")
    }
    let number = compiler.plan.addEnumeration(values, isConst: keyword == .const)
    anyRules.append(PlanRule(operation: .enumeration, a: number))
  }

  /// Operand: bound.
  mutating func compileBound(
    _ keyword: Keyword, _ value: JSONValue, with compiler: inout PlanCompiler
  ) throws(SchemaError) {
    guard case .number(let number) = value else { throw compiler.invalid(keyword, at: node, "a number") }
    let operation: PlanRule.Operation
    switch keyword {
    case .minimum: operation = .minimum
    case .maximum: operation = .maximum
    case .exclusiveMinimum: operation = .exclusiveMinimum
    case .exclusiveMaximum: operation = .exclusiveMaximum
    default:
      guard number.compared(to: JSONNumber(0)) > 0 else {
        throw compiler.invalid(.multipleOf, at: node, "a number above 0")
      }
      operation = .multipleOf
    }
    numberRules.append(PlanRule(operation: operation, a: compiler.plan.addBound(number)))
  }

  /// Operand: the count; one larger than 32 bits is as good as no maximum and as bad as an unreachable minimum.
  mutating func compileCount(
    _ keyword: Keyword, _ value: JSONValue, with compiler: inout PlanCompiler
  ) throws(SchemaError) {
    let count = UInt32(clamping: try self.count(keyword, value, with: &compiler))
    switch keyword {
    case .minLength: stringRules.append(PlanRule(operation: .minLength, a: count))
    case .maxLength: stringRules.append(PlanRule(operation: .maxLength, a: count))
    case .minItems: arrayRules.append(PlanRule(operation: .minItems, a: count))
    case .maxItems: arrayRules.append(PlanRule(operation: .maxItems, a: count))
    case .minProperties: objectRules.append(PlanRule(operation: .minProperties, a: count))
    default: objectRules.append(PlanRule(operation: .maxProperties, a: count))
    }
  }

  func count(_ keyword: Keyword, _ value: JSONValue, with compiler: inout PlanCompiler) throws(SchemaError)
    -> Int64
  {
    guard case .number(let number) = value, number.withDecimal({ $0.isInteger && !$0.isNegative }) else {
      throw compiler.invalid(keyword, at: node, "a whole number of 0 or more")
    }
    return number.int ?? .max
  }

  /// Operand: pattern.
  mutating func compilePattern(_ value: JSONValue, with compiler: inout PlanCompiler) throws(SchemaError) {
    guard let source = value.string else {
      throw compiler.invalid(.pattern, at: node, "a regular expression")
    }
    let number = try pattern(source, .pattern, with: &compiler)
    stringRules.append(PlanRule(operation: .pattern, a: number))
  }

  func pattern(
    _ source: String, _ keyword: Keyword, with compiler: inout PlanCompiler
  ) throws(SchemaError) -> UInt32 {
    let limits = compiler.options.limits
    let place = compiler.pointer(to: node).appending(keyword.rawValue)
    guard source.utf8.count <= limits.patternLength, compiler.plan.patterns.count < limits.patterns else {
      throw SchemaError(
        code: .tooLarge, pointer: place, message: "A pattern is too long, or there are too many.")
    }
    do throws(PatternError) {
      return try compiler.plan.addPattern(source)
    } catch {
      throw SchemaError(code: .invalidPattern, pointer: place, message: error.message)
    }
  }

  /// Operand: format. Unknown formats, and all of them where `format` only annotates, ask for nothing.
  mutating func compileFormat(_ value: JSONValue, with compiler: inout PlanCompiler) throws(SchemaError) {
    guard let name = value.string else { throw compiler.invalid(.format, at: node, "a string") }
    let isAsserted = compiler.options.assertsFormat || rules.vocabularies.contains(.formatAssertion)
    guard isAsserted, let format = StringFormat(rawValue: name), format.isKnown(to: rules.dialect) else {
      return
    }
    stringRules.append(PlanRule(operation: .format, a: format.number))
  }
}
