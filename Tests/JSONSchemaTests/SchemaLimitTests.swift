import JSONCodec
import JSONSchema
import TestSupport
import Testing

/// What a hostile schema or instance may cost: it is refused at registration, or counts as invalid after a bounded time.
@Suite struct SchemaLimitTests {
  private func code(_ schema: JSONValue, options: SchemaOptions = SchemaOptions()) -> SchemaError.Code? {
    do throws(SchemaError) {
      _ = try CompiledSchema(schema, options: options)
      return nil
    } catch { return error.code }
  }

  private func isValid(_ schema: JSONValue, _ instance: JSONValue) throws -> Bool {
    try CompiledSchema(schema).isValid(
      JSONDocument(parsing: instance.serialized(), limits: JSONLimits(maxDepth: 1024)).root)
  }

  @Test(arguments: [
    ##"{"$ref":"#"}"##, ##"{"allOf":[{"$ref":"#"}]}"##, ##"{"anyOf":[true,{"$ref":"#"}]}"##,
    ##"{"not":{"$ref":"#"}}"##,
    ##"{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"oneOf":[{"$ref":"#/$defs/a"}]}}}"##,
    ##"{"if":{},"then":{"$ref":"#"}}"##, ##"{"dependentSchemas":{"a":{"$ref":"#"}}}"##,
    ##"{"$dynamicAnchor":"n","$dynamicRef":"#n"}"##,
    ##"{"$schema":"https://json-schema.org/draft/2019-09/schema","$recursiveRef":"#","$recursiveAnchor":true}"##,
  ])
  func aReferenceThatComesBackForTheSameValueIsRefused(schema: String) throws {
    #expect(code(try JSONValue(parsing: schema)) == .referenceLoop)
  }

  @Test func aReferenceThatComesBackForAChildIsFine() throws {
    let list: JSONValue = [
      "properties": ["next": ["$ref": "#"], "value": ["type": "integer"]], "additionalProperties": false,
    ]
    #expect(try isValid(list, ["value": 1, "next": ["value": 2, "next": [:]]]))
    #expect(try !isValid(list, ["value": 1, "next": ["value": 2, "next": ["x": 1]]]))
  }

  @Test func schemasAreRefusedBeyondTheirLimits() {
    var deep: JSONValue = true
    for _ in 0..<300 { deep = ["not": deep] }
    #expect(code(deep) == .tooDeep)
    let wide = JSONValue.object(
      JSONObject(uniqueKeysWithValues: (0..<60_000).map { ("p\($0)", JSONValue.bool(true)) }))
    #expect(code(["properties": wide]) == .tooLarge)
    #expect(code(["enum": .array((0..<200_001).map { .int($0) })]) == .tooLarge)
    #expect(code(["pattern": .string(String(repeating: "a", count: 8193))]) == .tooLarge)
    let patterns = (0..<2001).map { ("^p\($0)", JSONValue.bool(true)) }
    #expect(code(["patternProperties": .object(JSONObject(uniqueKeysWithValues: patterns))]) == .tooLarge)
  }

  @Test func branchesThatMultiplyThroughReferencesAreRefused() {
    var definitions: JSONValue = ["d0": ["type": "integer"]]
    for level in 1...40 {
      let inner: JSONValue = ["$ref": .string("#/$defs/d\(level - 1)")]
      definitions["d\(level)"] = ["allOf": [inner, inner]]
    }
    #expect(code(["$ref": "#/$defs/d40", "$defs": definitions]) == .tooManyBranches)
    #expect(code(["$ref": "#/$defs/d10", "$defs": definitions]) == nil)
  }

  @Test func branchesThatMultiplyFromLevelToLevelOfTheInstanceEndInABoundedTime() throws {
    let schema: JSONValue = [
      "allOf": [["properties": ["x": ["$ref": "#"]]], ["properties": ["x": ["$ref": "#"]]]]
    ]
    var instance: JSONValue = [:]
    for _ in 0..<100 { instance = ["x": instance] }
    let compiled = try CompiledSchema(schema)
    let root = try JSONDocument(parsing: instance.serialized()).root
    let seconds = processorSeconds { #expect(!compiled.isValid(root)) }
    #expect(seconds < 10, "\(seconds) s")
    #expect(compiled.validate(root).map(\.message) == ["The value takes more work to check than is allowed."])
  }

  @Test func nestedUnevaluatedPropertiesTakeTimeInProportion() throws {
    var schema: JSONValue = ["properties": ["leaf": ["type": "integer"]]]
    for level in 0..<60 {
      schema = [
        "anyOf": [schema, ["properties": ["p\(level)": true]]], "unevaluatedProperties": ["type": "integer"],
      ]
    }
    #expect(try isValid(schema, ["leaf": 1, "p3": 2]))
    #expect(try !isValid(schema, ["leaf": 1, "q": "x"]))
  }

  @Test func recursionOverADeepInstanceIsBounded() throws {
    var instance: JSONValue = []
    for _ in 0..<1000 { instance = [instance] }
    #expect(try !isValid(["items": ["$ref": "#"]], instance))
    var shallow: JSONValue = []
    for _ in 0..<120 { shallow = [shallow] }
    #expect(try isValid(["items": ["allOf": [["$ref": "#"]]]], shallow))
  }

  @Test(arguments: [
    ("^(a+)+$", String(repeating: "a", count: 40) + "!"), ("(x+x+)+y", String(repeating: "x", count: 60)),
    ("^(([a-z])+.)+[A-Z]([a-z])+$", String(repeating: "a", count: 60)),
    ("(.*)*(.*)*(.*)*z", String(repeating: "b", count: 300)),
    ("^(a|a|a|a)*$", String(repeating: "a", count: 50) + "b"),
    ("(a?){30}a{30}", String(repeating: "a", count: 29)),
  ])
  func noPatternHoldsTheHost(pattern: String, text: String) throws {
    let plain = try CompiledSchema(["pattern": .string(pattern)])
    let negated = try CompiledSchema(["not": ["pattern": .string(pattern)]])
    let root = try JSONDocument(parsing: JSONValue.string(text).serialized()).root
    let seconds = processorSeconds {
      #expect(!plain.isValid(root))
      _ = negated.isValid(root)
    }
    #expect(seconds < 10, "\(seconds) s")
  }

  /// "Does not match" would be a guess, so it must not make `not` succeed.
  @Test func aMatchThatIsGivenUpMakesTheValueInvalidEvenUnderNot() throws {
    let wild: JSONValue = ["pattern": "^(a+)+$"]
    let text = JSONValue.string(String(repeating: "a", count: 40) + "!")
    #expect(try !isValid(["not": wild], text))
    #expect(try !isValid(["anyOf": [wild, true]], text))
    #expect(try !isValid(["if": wild, "else": true], text))
    #expect(try isValid(["not": wild], "aab"))
  }

  @Test func allPatternsOfOneValidationTogetherHaveATimeBound() throws {
    let schema = try CompiledSchema(["items": ["anyOf": [["pattern": "^(([a-z])+.)+[A-Z]$"], true]]])
    // Each match stays below its own limit.
    let instance = JSONValue.array(
      Array(repeating: .string(String(repeating: "a", count: 14)), count: 20_000))
    let root = try JSONDocument(parsing: instance.serialized()).root
    let seconds = processorSeconds { _ = schema.isValid(root) }
    #expect(seconds < 10, "\(seconds) s")
  }

  @Test func longTextsThatOutgrowTheMatchersStackAreStillJudged() throws {
    let text = JSONValue.string(String(repeating: "ab", count: 20_000))
    #expect(try isValid(["pattern": "^[ab]+$"], text))
    #expect(try !isValid(["pattern": "^[ac]+$"], text))
  }

  @Test func largeEnumsAreSearchedNotScanned() throws {
    let schema = try CompiledSchema(["items": ["enum": .array((0..<50_000).map { .string("value-\($0)") })]])
    let instance = JSONValue.array((0..<20_000).map { .string("value-\($0 * 2)") })
    let root = try JSONDocument(parsing: instance.serialized()).root
    #expect(schema.isValid(root))
  }

  @Test func uniqueItemsOfManyEqualLookingItemsIsNotQuadratic() throws {
    let items = (0..<30_000).map { JSONValue.array([.int($0), "x"]) }
    #expect(try isValid(["uniqueItems": true], .array(items)))
    #expect(try !isValid(["uniqueItems": true], .array(items + [[29_999, "x"]])))
  }

  @Test func largeObjectsAreComparedInTimeInProportion() throws {
    let names = (0..<20_000).map { "name-\($0)" }
    func object(_ names: [String]) -> JSONValue {
      .object(JSONObject(uniqueKeysWithValues: names.map { ($0, JSONValue.string($0)) }))
    }
    let (forward, backward) = (object(names), object(names.reversed()))
    var different = backward
    different["name-7"] = 0
    let root = try JSONDocument(parsing: JSONValue.array([forward, backward]).serialized()).root
    let other = try JSONDocument(parsing: JSONValue.array([forward, different]).serialized()).root
    let unique = try CompiledSchema(["uniqueItems": true])
    let const = try CompiledSchema(["items": ["const": forward]])
    let seconds = processorSeconds {
      #expect(!unique.isValid(root))
      #expect(unique.isValid(other))
      #expect(const.isValid(root))
      #expect(!const.isValid(other))
    }
    #expect(seconds < 20, "\(seconds) s")
  }

  @Test func manyRequiredNamesInAManyMemberedObjectAreBounded() throws {
    let names = (0..<3000).map { JSONValue.string("n\($0)") }
    let schema = try CompiledSchema(["required": .array(names)])
    let members = (0..<3000).map { ("n\($0)", JSONValue.null) }
    #expect(
      try isValid(
        ["required": .array(Array(names.prefix(100)))], .object(JSONObject(uniqueKeysWithValues: members))))
    let root = try JSONDocument(
      parsing: JSONValue.object(JSONObject(uniqueKeysWithValues: members)).serialized()
    ).root
    #expect(processorSeconds { _ = schema.isValid(root) } < 10)
  }
}
