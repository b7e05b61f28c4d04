import JSONCodec
import JSONSchema
import Testing

/// The forms of 2020-12 §12.4.
@Suite struct SchemaOutputTests {
  static let schema: JSONValue = [
    "$id": "https://example.com/polygon",
    "$defs": [
      "point": [
        "type": "object", "title": "A point",
        "properties": ["x": ["type": "number"], "y": ["type": "number"]],
        "additionalProperties": false, "required": ["x", "y"],
      ]
    ],
    "type": "array", "items": ["$ref": "#/$defs/point"], "minItems": 3,
  ]

  private func output(_ instance: String, _ form: SchemaOutputForm) throws -> JSONValue {
    try CompiledSchema(Self.schema).output(JSONDocument(parsing: instance).root, form: form)
  }

  /// The specification's own example (§12.4).
  static let wrong = #"[{"x":2.5,"y":1.3},{"x":1,"z":6.7}]"#

  @Test func flagSaysOnlyTheVerdict() throws {
    #expect(try output(Self.wrong, .flag) == ["valid": false])
    #expect(try output(#"[{"x":1,"y":1},{"x":1,"y":2},{"x":1,"y":3}]"#, .flag) == ["valid": true])
  }

  @Test func basicListsEveryErrorWithItsThreeLocations() throws {
    let output = try output(Self.wrong, .basic)
    #expect(output["valid"] == false)
    let errors = output["errors"]?.array ?? []
    let locations = errors.map { $0["keywordLocation"]?.string ?? "" }
    #expect(
      Set(locations) == [
        "/items/$ref", "/items/$ref/required", "/items/$ref/additionalProperties", "/minItems",
      ])
    let required = try #require(errors.first { $0["keywordLocation"] == "/items/$ref/required" })
    #expect(required["absoluteKeywordLocation"] == "https://example.com/polygon#/$defs/point/required")
    #expect(required["instanceLocation"] == "/1")
    #expect(required["error"] == #"/1 lacks the required property "y"."#)
  }

  @Test func detailedNestsErrorsAsTheKeywordsAreAndLeavesOutSingleSteps() throws {
    let output = try output(Self.wrong, .detailed)
    let errors = output["errors"]?.array ?? []
    #expect(
      errors.map { $0["keywordLocation"]?.string } == ["/minItems", "/items/$ref"]
        || errors.map { $0["keywordLocation"]?.string } == ["/items/$ref", "/minItems"])
    let nested = errors.first { $0["keywordLocation"] == "/items/$ref" }?["errors"]?.array
    #expect(nested?.count == 2)
    let single = try CompiledSchema(["$ref": "#/$defs/a", "$defs": ["a": ["type": "string"]]])
      .output(JSONDocument(parsing: "1").root, form: .detailed)
    #expect(single["errors"]?[0]?["keywordLocation"] == "/$ref/type")
  }

  @Test func aValidInstanceBringsTheAnnotationsOfTheSubschemasThatAcceptIt() throws {
    let schema: JSONValue = [
      "title": "Root", "properties": ["a": ["title": "A", "default": 1], "b": ["title": "B"]],
      "anyOf": [["title": "Fits"], ["title": "Does not", "required": ["z"]]],
      "if": ["required": ["z"]], "then": ["title": "Not taken"], "else": ["title": "Taken"],
    ]
    let output = try CompiledSchema(schema).output(JSONDocument(parsing: #"{"a":2}"#).root, form: .basic)
    let annotations = (output["annotations"]?.array ?? []).map {
      "\($0["keywordLocation"]?.string ?? "") \($0["instanceLocation"]?.string ?? "") \($0["annotation"]?.text ?? "")"
    }
    #expect(
      Set(annotations) == [
        "/title  \"Root\"", "/properties/a/title /a \"A\"", "/properties/a/default /a 1",
        "/anyOf/0/title  \"Fits\"",
        "/else/title  \"Taken\"",
      ])
  }
}
