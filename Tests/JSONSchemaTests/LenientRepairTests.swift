import JSONCodec
import JSONSchema
import Testing

@Suite struct LenientRepairTests {
  static let schema: JSONValue = [
    "type": "object", "additionalProperties": false, "required": ["count"],
    "properties": [
      "count": ["type": "integer", "minimum": 1], "on": ["type": "boolean"], "name": ["type": "string"],
      "tags": ["type": "array", "items": ["type": "string"]], "limit": ["type": "integer", "default": 10],
      "inner": ["$ref": "#/$defs/inner"],
    ],
    "$defs": ["inner": ["type": "object", "properties": ["mode": ["enum": ["a", "b"], "default": "a"]]]],
  ]
  static let everything: RepairOptions = [.coerceScalars, .wrapSingleValues, .fillDefaults, .dropUnknownKeys]

  private func repaired(_ text: String, _ options: RepairOptions, _ schema: JSONValue = schema) throws
    -> RepairedValue?
  {
    try CompiledSchema(schema).repaired(JSONDocument(parsing: text).root, options: options)
  }

  @Test(
    arguments: [
      (#"{"count":"3"}"#, RepairOptions.coerceScalars, #"{"count":3}"#, "coerced /count"),
      (#"{"count":1,"on":"true"}"#, .coerceScalars, #"{"count":1,"on":true}"#, "coerced /on"),
      (#"{"count":1,"name":7.50}"#, .coerceScalars, #"{"count":1,"name":"7.50"}"#, "coerced /name"),
      (#"{"count":1,"tags":"x"}"#, .wrapSingleValues, #"{"count":1,"tags":["x"]}"#, "wrapped /tags"),
      (#"{"count":1,"colour":2}"#, .dropUnknownKeys, #"{"count":1}"#, "dropped_key /colour"),
      (#"{"count":1}"#, .fillDefaults, #"{"count":1,"limit":10}"#, "filled_default /limit"),
      (
        #"{"count":1,"limit":2,"inner":{}}"#, .fillDefaults, #"{"count":1,"limit":2,"inner":{"mode":"a"}}"#,
        "filled_default /inner/mode"
      ),
      (
        #"{"count":"2","tags":5,"z":1,"limit":1}"#, everything, #"{"count":2,"tags":["5"],"limit":1}"#,
        "coerced /count, wrapped /tags, dropped_key /z, coerced /tags/0"
      ),
    ] as [(String, RepairOptions, String, String)])
  func whatIsMendedIsValidAndListed(text: String, options: RepairOptions, expected: String, steps: String)
    throws
  {
    let result = try #require(try repaired(text, options))
    #expect(result.value == (try JSONValue(parsing: expected)))
    let listed = result.steps.map { "\($0.kind.rawValue) \($0.pointer)" }
    #expect(listed.sorted() == steps.split(separator: ", ").map(String.init).sorted())
    #expect(try CompiledSchema(Self.schema).isValid(JSONDocument(parsing: result.value.serialized()).root))
  }

  @Test(
    arguments: [
      (#"{"count":"x"}"#, everything), (#"{"count":"0"}"#, everything), (#"{}"#, everything),
      (#"{"count":"3"}"#, [.wrapSingleValues, .fillDefaults, .dropUnknownKeys]),
      (#"{"count":1,"z":1}"#, .coerceScalars),
      (#"{"count":"3.5"}"#, everything), (#"{"count":" 3"}"#, everything),
      (#"{"count":1,"tags":null}"#, everything),
      (#"{"count":"3"}"#, []),
    ] as [(String, RepairOptions)])
  func whatCannotBeMendedWithTheOptionsIsLeftAlone(text: String, options: RepairOptions) throws {
    #expect(try repaired(text, options) == nil)
  }

  @Test func aRightValueIsReturnedAsItIs() throws {
    let result = try #require(try repaired(#"{"count":1,"limit":2}"#, [.coerceScalars, .dropUnknownKeys]))
    #expect(result.steps == [])
    #expect(result.value.text == #"{"count":1,"limit":2}"#)
  }

  @Test func twoKeysAreDroppedWithoutMixingUpTheirPlaces() throws {
    let schema: JSONValue = ["items": ["additionalProperties": false, "properties": ["a": true]]]
    let result = try repaired(#"[{"a":1,"b":2,"c":3},{"d":4}]"#, .dropUnknownKeys, schema)
    #expect(result?.value.text == #"[{"a":1},{}]"#)
    #expect(result?.steps.count == 3)
  }
}
