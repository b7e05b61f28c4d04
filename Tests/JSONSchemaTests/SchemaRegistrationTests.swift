import JSONCodec
import JSONSchema
import Testing

/// What is refused when a schema is compiled, with which code and where; and where references may lead.
@Suite struct SchemaRegistrationTests {
  private func failure(_ schema: String, _ resources: [String: JSONValue] = [:]) throws -> SchemaError? {
    let schema = try JSONValue(parsing: schema)
    do throws(SchemaError) {
      _ = try CompiledSchema(schema, resources: SchemaResources(resources))
      return nil
    } catch { return error }
  }

  @Test(arguments: [
    ("1", "invalid_keyword", ""), (#"{"type":"int"}"#, "invalid_keyword", "/type"),
    (#"{"type":[]}"#, "invalid_keyword", "/type"),
    (#"{"properties":{"a":{"minimum":"1"}}}"#, "invalid_keyword", "/properties/a/minimum"),
    (#"{"items":{"maxItems":-1}}"#, "invalid_keyword", "/items/maxItems"),
    (#"{"maxLength":1.5}"#, "invalid_keyword", "/maxLength"),
    (#"{"multipleOf":0}"#, "invalid_keyword", "/multipleOf"),
    (#"{"required":["a",1]}"#, "invalid_keyword", "/required"),
    (#"{"required":"a"}"#, "invalid_keyword", "/required"), (#"{"enum":1}"#, "invalid_keyword", "/enum"),
    (#"{"allOf":[]}"#, "invalid_keyword", "/allOf"), (#"{"anyOf":{}}"#, "invalid_keyword", "/anyOf"),
    (#"{"properties":[]}"#, "invalid_keyword", "/properties"),
    (#"{"uniqueItems":"yes"}"#, "invalid_keyword", "/uniqueItems"),
    (#"{"not":5}"#, "invalid_keyword", "/not"),
    (#"{"dependentRequired":{"a":"b"}}"#, "invalid_keyword", "/dependentRequired"),
    (#"{"prefixItems":{}}"#, "invalid_keyword", "/prefixItems"),
    (#"{"format":1}"#, "invalid_keyword", "/format"),
    (#"{"pattern":"("}"#, "invalid_pattern", "/pattern"),
    (#"{"patternProperties":{"[":true}}"#, "invalid_pattern", "/patternProperties"),
    (#"{"pattern":"\\Z"}"#, "invalid_pattern", "/pattern"),
    (#"{"pattern":"(?i)a"}"#, "invalid_pattern", "/pattern"),
    (#"{"pattern":"((ab){100}){200}"}"#, "invalid_pattern", "/pattern"),
    (#"{"pattern":"a++"}"#, "invalid_pattern", "/pattern"),
    (#"{"$schema":"urn:unknown"}"#, "unknown_dialect", "/$schema"),
    (#"{"$schema":"http://json-schema.org/draft-04/schema#"}"#, "unknown_dialect", "/$schema"),
    (##"{"items":{"$ref":"#/$defs/none"}}"##, "unresolved_reference", "/items/$ref"),
    (##"{"$ref":"#name"}"##, "unresolved_reference", "/$ref"),
    (#"{"$ref":"https://example.com/other"}"#, "unresolved_reference", "/$ref"),
    (#"{"$ref":"file:///etc/passwd"}"#, "unresolved_reference", "/$ref"),
    (##"{"$dynamicRef":"#none"}"##, "unresolved_reference", "/$dynamicRef"),
    (##"{"$id":"urn:a#b"}"##, "invalid_identifier", "/$id"),
    (##"{"$ref":"#/%zz"}"##, "unresolved_reference", "/$ref"),
  ])
  func aSchemaThatCannotBeUsedIsRefusedWhereItIsWrong(schema: String, code: String, pointer: String) throws {
    let error = try #require(try failure(schema))
    #expect(error.code.rawValue == code)
    #expect(error.pointer.description == pointer)
    #expect(error.message.hasSuffix(".") || error.message.contains("character"))
  }

  @Test func referencesLeadToSuppliedDocumentsByTheirNamesAndByTheIdsInsideThem() throws {
    let library: JSONValue = [
      "$id": "https://example.com/lib/main.json",
      "$defs": ["n": ["$id": "number.json", "type": "number"], "s": ["$anchor": "text", "type": "string"]],
    ]
    let resources = SchemaResources(["urn:library": library])
    for (reference, instance, isValid) in [
      ("urn:library#/$defs/n", "1", true), ("urn:library#/$defs/n", "\"a\"", false),
      ("https://example.com/lib/number.json", "1", true),
      ("https://example.com/lib/main.json#text", "\"a\"", true),
      ("https://example.com/lib/main.json#text", "1", false),
    ] {
      let schema = try CompiledSchema(["$ref": .string(reference)], resources: resources)
      #expect(try schema.isValid(JSONDocument(parsing: instance).root) == isValid, "\(reference) \(instance)")
    }
  }

  @Test func eachDraftReadsItsOwnKeywords() throws {
    func accepts(_ schema: String, _ instance: String) throws -> Bool {
      try CompiledSchema(JSONValue(parsing: schema)).isValid(JSONDocument(parsing: instance).root)
    }
    let draft07 = #""$schema":"http://json-schema.org/draft-07/schema#""#
    let draft2019 = #""$schema":"https://json-schema.org/draft/2019-09/schema""#
    // The list of first elements changed its name.
    #expect(
      try !accepts("{\(draft07),\"items\":[{\"type\":\"string\"}],\"additionalItems\":false}", "[\"a\",1]"))
    #expect(try accepts("{\(draft07),\"prefixItems\":[{\"type\":\"string\"}]}", "[1]"))
    #expect(try !accepts("{\"prefixItems\":[{\"type\":\"string\"}]}", "[1]"))
    // Draft 07 ignores everything beside a reference.
    #expect(
      try accepts(
        "{\(draft07),\"definitions\":{\"a\":{}},\"items\":{\"$ref\":\"#/definitions/a\",\"type\":\"string\"}}",
        "[1]"))
    #expect(
      try !accepts(
        "{\(draft2019),\"$defs\":{\"a\":{}},\"items\":{\"$ref\":\"#/$defs/a\",\"type\":\"string\"}}", "[1]"))
    // `contains` began to count as evaluation.
    #expect(try accepts(#"{"contains":{"type":"string"},"unevaluatedItems":false}"#, "[\"a\"]"))
    #expect(
      try !accepts("{\(draft2019),\"contains\":{\"type\":\"string\"},\"unevaluatedItems\":false}", "[\"a\"]"))
  }

  @Test func aSchemaIsReadFromManyThreadsAtOnce() async throws {
    let schema = try CompiledSchema(["items": ["pattern": "^[a-z]+[0-9]$", "maxLength": 9]])
    await withTaskGroup(of: Bool.self) { group in
      for worker in 0..<8 {
        group.addTask {
          (0..<200).allSatisfy { round in
            let text = worker.isMultiple(of: 2) ? "[\"abc\(round % 10)\"]" : "[\"ABC\"]"
            guard let document = try? JSONDocument(parsing: text) else { return false }
            return schema.isValid(document.root) == worker.isMultiple(of: 2)
          }
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }

  @Test func namesAreComparedByCodePointInSchemasToo() throws {
    let schema = try CompiledSchema([
      "properties": ["\u{e9}": ["type": "integer"]], "additionalProperties": false,
    ])
    #expect(try schema.isValid(JSONDocument(parsing: "{\"\u{e9}\":1}").root))
    #expect(try schema.isValid(JSONDocument(parsing: #"{"\u00e9":1}"#).root))
    #expect(try !schema.isValid(JSONDocument(parsing: "{\"e\u{301}\":1}").root))
    #expect(try !CompiledSchema(["const": "\u{e9}"]).isValid(JSONDocument(parsing: "\"e\u{301}\"").root))
  }

  /// Every one of them is checked: whichever the receiver takes, it has passed.
  @Test func eachOfSeveralMembersWithOneNameIsChecked() throws {
    let schema = try CompiledSchema(["properties": ["a": ["type": "integer"]]])
    #expect(try !schema.isValid(JSONDocument(parsing: #"{"a":"x","a":1}"#).root))
    #expect(try !schema.isValid(JSONDocument(parsing: #"{"a":1,"a":"x"}"#).root))
  }
}
