import JSONCodec
import JSONSchema
import Testing

@Suite struct SchemaComparisonTests {
  private func compare(_ old: String, _ new: String) throws -> SchemaComparison {
    try SchemaComparison.compare(old: JSONValue(parsing: old), new: JSONValue(parsing: new))
  }

  @Test(arguments: [
    // scalars
    ("true", "{}", "same"), ("{}", #"{"type":"string"}"#, "narrowed"),
    (#"{"type":"string"}"#, #"{"type":["string","null"]}"#, "widened"),
    (#"{"type":"integer"}"#, #"{"type":"number"}"#, "widened"),
    (#"{"type":"number"}"#, #"{"type":"integer"}"#, "narrowed"),
    (#"{"type":"string"}"#, #"{"type":"integer"}"#, "incomparable"),
    (#"{"minimum":1}"#, #"{"minimum":0}"#, "widened"),
    (#"{"minimum":1}"#, #"{"exclusiveMinimum":1}"#, "narrowed"),
    (#"{"maximum":10}"#, #"{"maximum":9}"#, "narrowed"),
    (#"{"minimum":1,"maximum":5}"#, #"{"minimum":2,"maximum":9}"#, "incomparable"),
    (#"{"type":"integer","multipleOf":6}"#, #"{"type":"integer","multipleOf":3}"#, "widened"),
    (#"{"maxLength":5}"#, #"{"maxLength":8}"#, "widened"),
    (#"{"enum":["a","b"]}"#, #"{"enum":["a","b","c"]}"#, "widened"),
    (#"{"enum":["a","b"]}"#, #"{"type":"string"}"#, "widened"), (#"{"const":1}"#, #"{"enum":[1.0]}"#, "same"),
    (#"{"enum":["a"]}"#, #"{"enum":["b"]}"#, "incomparable"),
    (#"{"title":"a"}"#, #"{"title":"b","description":"c"}"#, "same"),
    (#"{"pattern":"^a"}"#, #"{"pattern":"^a"}"#, "same"),
    (#"{"type":"boolean"}"#, #"{"enum":[true,false]}"#, "same"),
    // objects
    (
      #"{"properties":{"a":{"type":"string"}}}"#,
      #"{"properties":{"a":{"type":"string"},"b":{"type":"string"}}}"#, "narrowed"
    ),
    (
      #"{"properties":{"a":{}},"additionalProperties":false}"#,
      #"{"properties":{"a":{},"b":{}},"additionalProperties":false}"#, "widened"
    ),
    (#"{"required":["a"]}"#, #"{"required":["a","b"]}"#, "narrowed"),
    (#"{"required":["a","b"]}"#, #"{"required":["b"]}"#, "widened"),
    (
      #"{"type":"object","properties":{"n":{"type":"integer","minimum":1}},"required":["n"]}"#,
      #"{"type":"object","properties":{"n":{"type":"integer","minimum":0}},"required":["n"]}"#, "widened"
    ),
    (#"{"additionalProperties":false}"#, #"{}"#, "widened"),
    (
      #"{"additionalProperties":{"type":"string"}}"#, #"{"additionalProperties":{"type":["string","null"]}}"#,
      "widened"
    ),
    (
      #"{"properties":{"a":{"type":"string"}},"additionalProperties":false}"#,
      #"{"additionalProperties":{"type":"string"}}"#, "widened"
    ),
    (#"{"patternProperties":{"^x-":{"type":"string"}}}"#, #"{"patternProperties":{"^x-":{}}}"#, "widened"),
    // arrays
    (#"{"items":{"type":"integer"}}"#, #"{"items":{"type":"number"}}"#, "widened"),
    (#"{"minItems":1}"#, #"{"minItems":2}"#, "narrowed"),
    (
      #"{"prefixItems":[{"type":"string"}]}"#,
      #"{"prefixItems":[{"type":"string"}],"items":{"type":"integer"}}"#, "narrowed"
    ),
    (#"{"uniqueItems":true}"#, #"{"uniqueItems":false}"#, "widened"),
    // references and branches
    (##"{"$ref":"#/$defs/a","$defs":{"a":{"type":"string"}}}"##, ##"{"type":"string"}"##, "same"),
    (
      ##"{"properties":{"next":{"$ref":"#"},"v":{"type":"integer"}}}"##,
      ##"{"properties":{"next":{"$ref":"#"},"v":{"type":"number"}}}"##, "widened"
    ),
    (#"{"type":"string"}"#, #"{"anyOf":[{"type":"string"},{"type":"null"}]}"#, "widened"),
    (#"{"anyOf":[{"type":"string"},{"type":"null"}]}"#, #"{"type":["string","null"]}"#, "same"),
    (
      #"{"type":["string","null"]}"#, #"{"anyOf":[{"type":"string"},{"type":"null"},{"type":"boolean"}]}"#,
      "widened"
    ),
    (#"{"allOf":[{"minimum":0},{"maximum":9}]}"#, #"{"minimum":0,"maximum":9}"#, "same"),
    (#"{"not":{"type":"string"}}"#, #"{"not":{"type":"string"}}"#, "same"),
    // what cannot be proved
    (#"{"pattern":"^a$"}"#, #"{"pattern":"^[a]$"}"#, "unknown"),
    (
      #"{"oneOf":[{"minimum":5},{"type":"string"}]}"#, #"{"oneOf":[{"type":"string"},{"minimum":5}]}"#,
      "unknown"
    ),
  ])
  func theRelationIsTheOneThatHolds(old: String, new: String, relation: String) throws {
    #expect(try compare(old, new).relation.rawValue == relation)
  }

  @Test func aNoComesWithAValueThatShowsIt() throws {
    let old = #"{"type":"object","properties":{"n":{"type":"integer","maximum":9}},"required":["n"]}"#
    let new = #"{"type":"object","properties":{"n":{"type":"integer","maximum":5}},"required":["n"]}"#
    let comparison = try compare(old, new)
    #expect(comparison.relation == .narrowed)
    #expect(comparison.narrowedAt.map(\.description) == ["/properties/n/maximum"])
    let example = try #require(comparison.lostExample)
    #expect(try CompiledSchema(JSONValue(parsing: old)).isValid(JSONDocument(parsing: example.text).root))
    #expect(try !CompiledSchema(JSONValue(parsing: new)).isValid(JSONDocument(parsing: example.text).root))
    #expect(!comparison.isCompatible(.input))
    #expect(comparison.isCompatible(.output))
  }

  @Test func whatIsOpenIsNotCompatible() throws {
    let comparison = try compare(#"{"pattern":"^a$"}"#, #"{"pattern":"^[a]$"}"#)
    #expect(!comparison.isCompatible(.input) && !comparison.isCompatible(.output))
  }

  /// Property: whatever is proved holds for every instance tried, and whatever is shown by a sample holds for that one.
  @Test func noProofIsContradictedByAnyInstance() throws {
    var generator = SchemaGenerator(seed: 7)
    var proved = 0
    for _ in 0..<1500 {
      let old = generator.schema(depth: 3)
      let new = generator.mutated(old)
      guard let before = try? CompiledSchema(old), let after = try? CompiledSchema(new) else { continue }
      let comparison = try SchemaComparison.compare(old: old, new: new)
      if comparison.acceptsAllOfOld == true || comparison.acceptsOnlyOld == true { proved += 1 }
      for _ in 0..<60 {
        let root = try JSONDocument(parsing: generator.instance(depth: 3).serialized()).root
        let (was, isNow) = (before.isValid(root), after.isValid(root))
        let what: Comment = "\(old.text) \(new.text) \(root.rawText)"
        if comparison.acceptsAllOfOld == true { #expect(!was || isNow, what) }
        if comparison.acceptsOnlyOld == true { #expect(was || !isNow, what) }
      }
      for (example, isOld) in [(comparison.lostExample, true), (comparison.gainedExample, false)] {
        guard let example else { continue }
        let root = try JSONDocument(parsing: example.serialized()).root
        #expect(before.isValid(root) == isOld && after.isValid(root) != isOld)
      }
    }
    #expect(proved > 300)
  }
}
