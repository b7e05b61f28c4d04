import JSONCodec
import JSONSchema
import Testing

@Suite struct ValidationErrorTests {
  private func errors(_ schema: JSONValue, _ instance: String, maxErrors: Int = 5) throws -> [ValidationError]
  {
    try CompiledSchema(schema).validate(JSONDocument(parsing: instance).root, maxErrors: maxErrors)
  }

  static let order: JSONValue = [
    "type": "object",
    "properties": [
      "items": [
        "type": "array", "minItems": 1,
        "items": [
          "type": "object", "additionalProperties": false, "required": ["sku", "quantity"],
          "properties": [
            "sku": ["type": "string", "pattern": "^[A-Z]{2}-[0-9]+$"],
            "quantity": ["type": "integer", "minimum": 1, "maximum": 99],
            "color": ["enum": ["red", "green", "blue"]],
          ],
        ],
      ]
    ],
    "required": ["items"],
  ]

  @Test func aValidInstanceHasNoErrors() throws {
    #expect(try errors(Self.order, #"{"items":[{"sku":"AB-1","quantity":3}]}"#) == [])
  }

  @Test(arguments: [
    (
      #"{"items":[{"sku":"AB-1","quantity":"3"}]}"#, "/items/0/quantity", "type",
      #"/items/0/quantity must be an integer, but is the string "3"."#
    ),
    (
      #"{"items":[{"sku":"AB-1","quantity":1.5}]}"#, "/items/0/quantity", "type",
      "/items/0/quantity must be an integer, but is 1.5."
    ),
    (
      #"{"items":[{"sku":"AB-1","quantity":0}]}"#, "/items/0/quantity", "minimum",
      "/items/0/quantity must be at least 1, but is 0."
    ),
    (
      #"{"items":[{"sku":"AB-1","quantity":100}]}"#, "/items/0/quantity", "maximum",
      "/items/0/quantity must be at most 99, but is 100."
    ),
    (
      #"{"items":[{"sku":"x","quantity":1}]}"#, "/items/0/sku", "pattern",
      #"/items/0/sku must be a string that matches ^[A-Z]{2}-[0-9]+$, but is the string "x"."#
    ),
    (
      #"{"items":[{"sku":"AB-1","quantity":1,"color":"gren"}]}"#, "/items/0/color", "enum",
      #"/items/0/color must be one of "red", "green", "blue", but is the string "gren"; did you mean "green"?"#
    ),
    (#"{"items":[]}"#, "/items", "minItems", "/items must have at least 1 item, but has 0."),
    (#"{}"#, "", "required", #"The value lacks the required property "items"."#),
    (#"[1,2]"#, "", "type", "The value must be an object, but is an array of 2 items."),
  ])
  func theSentenceSaysWhereWhatAndWhatIsAllowed(
    instance: String, pointer: String, keyword: String, message: String
  ) throws {
    let found = try errors(Self.order, instance)
    #expect(found.map(\.message) == [message])
    #expect(found.first?.instance.description == pointer)
    #expect(found.first?.keyword == keyword)
  }

  @Test func aMistypedKeyComesFirstWithTheKeyThatWasMeant() throws {
    let found = try errors(Self.order, #"{"items":[{"sku":"AB-1","quantty":3}]}"#)
    #expect(found.map(\.keyword) == ["additionalProperties", "required"])
    #expect(found[0].suggestion == "quantity")
    #expect(
      found[0].message
        == #"/items/0 must not have the property "quantty" (allowed: "sku", "quantity", "color"); "#
        + #"did you mean "quantity"?"#)
    #expect(found[0].schema.description == "/properties/items/items/additionalProperties")
    #expect(found[1].message == #"/items/0 lacks the required property "quantity"."#)
  }

  @Test func noMoreErrorsThanAskedForAndAtLeastOne() throws {
    let instance = "{\"items\":[" + Array(repeating: "{}", count: 50).joined(separator: ",") + "]}"
    #expect(try errors(Self.order, instance).count == 5)
    #expect(try errors(Self.order, instance, maxErrors: 1).count == 1)
    #expect(try errors(Self.order, instance, maxErrors: 0).count == 1)
  }

  @Test func ofSeveralAlternativesTheOneThatWasMeantIsExplained() throws {
    let schema: JSONValue = [
      "oneOf": [
        [
          "properties": ["kind": ["const": "circle"], "radius": ["type": "number"]],
          "required": ["kind", "radius"],
        ],
        [
          "properties": ["kind": ["const": "square"], "side": ["type": "number"]],
          "required": ["kind", "side"],
        ],
      ]
    ]
    #expect(
      try errors(schema, #"{"kind":"square","side":"2"}"#).map(\.message)
        == [#"/side must be a number, but is the string "2"."#])
    #expect(
      try errors(["anyOf": [["type": "string"], ["type": "integer"], ["type": "null"]]], "[]").map(\.message)
        == ["The value must be a string, an integer or null, but is an array of 0 items."])
    #expect(
      try errors(["oneOf": [["minimum": 1], ["maximum": 5]]], "3").map(\.message)
        == ["The value must fit exactly one alternative, but fits alternatives 0 and 1."])
    #expect(
      try errors(["anyOf": [["multipleOf": 5], ["multipleOf": 3]]], "7").map(\.message)
        == ["The value must be a value that fits one of 2 alternatives, but is 7."])
  }

  @Test func errorsBehindReferencesPointIntoTheReferredSchema() throws {
    let schema: JSONValue = [
      "$ref": "#/$defs/list",
      "$defs": ["list": ["items": ["$ref": "#/$defs/positive"]], "positive": ["exclusiveMinimum": 0]],
    ]
    let found = try errors(schema, "[1,0]")
    #expect(found.map(\.schema.description) == ["/$defs/positive/exclusiveMinimum"])
    #expect(found.map(\.message) == ["/1 must be more than 0, but is 0."])
  }

  @Test(arguments: [
    ("{\"const\":{\"a\":1}}", "2", "The value must be {\"a\":1}, but is 2."),
    (
      "{\"uniqueItems\":true}", "[1,2,1.0]",
      "The value must not repeat an item, but item 2 equals an earlier one."
    ),
    (
      "{\"contains\":{\"type\":\"string\"}}", "[1]",
      "The value must contain at least 1 matching item, but has 0."
    ),
    (
      "{\"contains\":{\"type\":\"string\"},\"maxContains\":1}", "[\"a\",\"b\"]",
      "The value must contain at most 1 matching item."
    ),
    ("{\"prefixItems\":[{},{}],\"items\":false}", "[1,2,3]", "The value must not have item 2."),
    (
      "{\"propertyNames\":{\"maxLength\":2}}", "{\"abc\":1}",
      "The value has the property \"abc\", whose name must have at most 2 characters, but has 3."
    ),
    (
      "{\"dependentRequired\":{\"a\":[\"b\"]}}", "{\"a\":1}",
      "The value lacks the required property \"b\", required because it has \"a\"."
    ),
    (
      "{\"unevaluatedProperties\":false,\"properties\":{\"name\":{}}}", "{\"nmae\":1}",
      "The value must not have the property \"nmae\" (allowed: \"name\"); did you mean \"name\"?"
    ),
    ("{\"unevaluatedItems\":false}", "[1]", "The value must not have item 0."),
    ("{\"not\":{\"type\":\"integer\"}}", "1", "The value must not be 1."),
    ("{\"properties\":{\"a\":false}}", "{\"a\":1}", "/a is not allowed here."),
    (
      "{\"if\":{\"type\":\"integer\"},\"then\":{\"multipleOf\":2},\"else\":{\"type\":\"string\"}}", "3",
      "The value must be a multiple of 2, but is 3."
    ),
    ("{\"minProperties\":1}", "{}", "The value must have at least 1 property, but has 0."),
    ("{\"type\":[\"string\",\"null\"]}", "true", "The value must be a string or null, but is true."),
    (
      "{\"additionalProperties\":false}", "{\"x\":1}",
      "The value must not have the property \"x\" (none is allowed)."
    ),
  ])
  func everyKeywordHasItsSentence(schema: String, instance: String, message: String) throws {
    #expect(try errors(JSONValue(parsing: schema), instance).map(\.message) == [message])
  }

  @Test func whatIsSensitiveIsNeverRepeated() throws {
    let secret = "hunter2"
    let schemas: [JSONValue] = [
      ["properties": ["p": ["writeOnly": true, "type": "integer"]]],
      ["properties": ["p": ["sensitive": true, "enum": ["hunter1", "other"]]]],
      ["properties": ["p": ["allOf": [["writeOnly": true], ["minLength": 20]]]]],
      ["properties": ["p": ["minLength": 20]], "allOf": [["properties": ["p": ["writeOnly": true]]]]],
      ["additionalProperties": ["anyOf": [["const": 1, "writeOnly": true], ["pattern": "^x"]]]],
      ["$ref": "#/$defs/a", "$defs": ["a": ["patternProperties": ["^p": ["writeOnly": true, "not": [:]]]]]],
    ]
    for schema in schemas {
      let found = try errors(schema, "{\"p\":\"\(secret)\"}")
      #expect(!found.isEmpty)
      for error in found {
        #expect(!"\(error)".contains(secret), "\(error)")
        #expect(error.suggestion == nil)
      }
    }
    let inner = try errors(
      ["properties": ["p": ["writeOnly": true, "additionalProperties": ["type": "integer"]]]],
      #"{"p":{"hunter2":"x"}}"#)
    #expect(inner.map { "\($0)".contains(secret) } == [false])
  }

  @Test func longValuesAreCutAndContainersAreNotShown() throws {
    let found = try errors(["type": "integer"], "\"\(String(repeating: "a", count: 500))\"")
    #expect((found.first?.message.count ?? 1000) < 200)
    #expect(
      try errors(["type": "integer"], #"{"password":"x"}"#).first?.message
        == "The value must be an integer, but is an object.")
  }

  @Test(
    arguments: [
      ("gren", ["red", "green", "blue"], "green"), ("quantty", ["sku", "quantity"], "quantity"),
      ("NAME", ["name"], "name"),
      ("recieve", ["receive", "relieve"], "receive"), ("xyz", ["abc"], nil), ("a", ["b"], nil),
      ("ab", ["ba"], "ba"),
      ("", ["a"], nil), ("city", ["cities", "citys"], "citys"), ("user_id", ["userId", "user"], "userId"),
    ] as [(String, [String], String?)])
  func theNearestNameIsTheOneProbablyMeant(word: String, names: [String], nearest: String?) {
    #expect(nearestMatch(to: word, in: names) == nearest)
  }
}
