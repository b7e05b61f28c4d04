import JSONCodec
import JSONSchema
import Testing

@Suite struct BowtieSessionTests {
  private func reply(_ session: inout BowtieSession, _ line: String) throws -> JSONValue {
    guard case .line(let bytes) = session.respond(to: Array(line.utf8)) else { return nil }
    return try JSONValue(parsing: bytes)
  }

  @Test func aSessionRunsFromStartToStop() throws {
    var session = BowtieSession(version: "1.0", homepage: "https://example.com")
    let started = try reply(&session, #"{"cmd":"start","version":1}"#)
    #expect(started["version"] == 1)
    #expect(started["implementation"]?["name"] == "jackfield")
    #expect(
      started["implementation"]?["dialects"]?.array?.contains("http://json-schema.org/draft-07/schema#")
        == true)
    #expect(
      try reply(&session, #"{"cmd":"dialect","dialect":"http://json-schema.org/draft-07/schema#"}"#) == [
        "ok": true
      ])
    #expect(try reply(&session, #"{"cmd":"dialect","dialect":"urn:other"}"#) == ["ok": false])
    // In draft 07 an array under `items` is a list of schemas.
    let run =
      ##"{"cmd":"run","seq":5,"case":{"description":"d","schema":{"items":[{"$ref":"urn:s"}]},"registry":{"urn:s":{"type":"string"}},"tests":[{"instance":["a",1]},{"instance":[1]}]}}"##
    #expect(try reply(&session, run) == ["seq": 5, "results": [["valid": true], ["valid": false]]])
    let broken = try reply(
      &session, #"{"cmd":"run","seq":6,"case":{"schema":{"$ref":"urn:none"},"tests":[{"instance":1}]}}"#)
    #expect(
      broken["seq"] == 6 && broken["errored"] == true && broken["context"]?["code"] == "unresolved_reference")
    #expect(session.respond(to: Array(#"{"cmd":"stop"}"#.utf8)) == .stop)
  }

  @Test func whatIsNoCommandEndsTheSession() {
    var session = BowtieSession(version: "1.0", homepage: "https://example.com")
    for line in ["", "[]", "{}", #"{"cmd":"dance"}"#, #"{"cmd":"start","version":2}"#, #"{"cmd":"run"}"#] {
      guard case .violation = session.respond(to: Array(line.utf8)) else {
        Issue.record("\(line)")
        continue
      }
    }
  }

  @Test func theExplanationNamesEverySubschemaOnce() throws {
    let schema: JSONValue = [
      "type": "object", "required": ["id"], "additionalProperties": false,
      "properties": ["id": ["type": "integer", "minimum": 1], "next": ["$ref": "#"]],
    ]
    let text = try CompiledSchema(schema).explanation
    #expect(text.contains("dialect: https://json-schema.org/draft/2020-12/schema"))
    #expect(text.contains("\"id\" (required): integer  (#/properties/id)"))
    #expect(text.contains("at least 1"))
    #expect(text.contains("refers to: as #"))
    #expect(text.contains("other members: nothing"))
  }
}
