import JSONCodec
import Locking
import MCPFixtures
import MCPServer
import TestSupport
import Testing
import ToolContracts

@Suite(.timeLimit(.minutes(1)), .leavesNothingBehind)
struct CallTests {
  @Test func aFailureIsAResultThatAModelCanActOn() async throws {
    try await serving { wire in
      wire.initialize()
      wire.call("1", "fixture.fail")
      let answer = wire.receive()
      #expect(answer["result"]?["isError"] == true)
      #expect(answer["result"]?["structuredContent"] == nil)
      #expect(answer.failure == ["code": "tool_failed", "message": "this always fails"])
    }
  }

  @Test func aRateLimitTellsWhenToComeBack() async throws {
    var limits = LimitPolicy()
    limits.rate = RateLimit(limit: 1, periodNanoseconds: 3_600_000_000_000, burst: 1)
    try await serving(FixtureHost([FixtureTools.all], defaults: limits)) { wire in
      wire.initialize()
      wire.call("1", "fixture.echo")
      #expect(wire.receive()["result"]?["isError"] == nil)
      wire.call("2", "fixture.echo")
      let result = wire.receive()
      #expect(result["result"]?["isError"] == true)
      let error = result.failure
      #expect(error?["code"] == "rate_limited")
      #expect((error?["retry_after_ms"]?.int ?? 0) > 3_000_000)
    }
  }

  @Test func aToolThatTakesTooLongIsCutAndSaysSo() async throws {
    let plugin = FixturePlugin("p", [FixtureTool(pending: "wait") { _ in }])
    try await serving(FixtureHost([plugin], defaults: LimitPolicy(timeoutNanoseconds: 5_000_000))) { wire in
      wire.initialize()
      wire.call("1", "p.wait")
      let error = wire.receive().failure
      #expect(error?["code"] == "timed_out")
    }
  }

  @Test(arguments: [
    "fixture.nothing", "Fixture.Add", "fixture", "", "../x", "secret.read", "secret.chat", "flow.x",
  ])
  func aToolThatIsUnknownOrNotForThisTenantIsInvalidParams(name: String) async throws {
    let secret = FixturePlugin("secret", [FixtureTool("read", "Secret.") { $0.answer(["leaked": true]) }])
    let host = FixtureHost([FixtureTools.all, secret], enabled: ["fixture"])
    try await serving(host) { wire in
      wire.initialize()
      wire.call("1", name)
      let answer = wire.receive()
      #expect(answer.errorCode == -32602)
      #expect(answer["error"]?["message"]?.string?.hasPrefix("there is no tool") == true)
      wire.request("2", "tools/list")
      let names = wire.receive()["result"]?["tools"]?.array?.compactMap { $0["name"]?.string }
      #expect(names?.contains(name) == false)
    }
  }

  @Test func aProviderIsNoToolEvenWhereItIsEnabled() async throws {
    let asked = Lock(false)
    let provider = FixturePlugin(
      "llm",
      [
        FixtureTool(provider: "models") { call in
          asked.withLock { $0 = true }
          call.answer(["models": []])
        }
      ])
    try await serving(FixtureHost([provider])) { wire in
      wire.initialize()
      wire.request("1", "tools/list")
      #expect(wire.receive()["result"]?["tools"] == [])
      wire.call("2", "llm.models")
      #expect(wire.receive().errorCode == -32602)
      #expect(!asked.withLock { $0 })
    }
  }

  @Test(arguments: [
    #"{"name":7}"#, "{}", #"{"name":"fixture.echo","arguments":[]}"#,
    #"{"name":"fixture.echo","arguments":"{}"}"#,
  ])
  func aMalformedCallIsInvalidParams(params: String) async throws {
    try await serving { wire in
      wire.initialize()
      wire.request("1", "tools/call", params)
      #expect(wire.receive().errorCode == -32602)
    }
  }

  @Test(
    arguments: [
      (#"{"a":1}"#, "/b"), (#"{"a":1,"b":"2"}"#, "/b"), (#"{"a":1,"b":2,"c":3}"#, "/c"), ("{}", "/a"),
    ])
  func argumentsThatBreakTheSchemaAreToldToTheModelWithThePlace(arguments: String, place: String) async throws
  {
    try await serving { wire in
      wire.initialize()
      wire.call("1", "fixture.add", arguments)
      let answer = wire.receive()
      #expect(answer["result"]?["isError"] == true)
      #expect(answer["result"]?["structuredContent"] == nil)
      #expect(answer.failure?["code"] == "schema_violation")
      #expect(answer.failure?["message"]?.string?.contains(place.dropFirst()) == true)
    }
  }

  @Test func aResultThatBreaksItsOwnSchemaIsNotPassedOn() async throws {
    let schema: JSONValue = ["type": "object", "required": ["sum"]]
    let plugin = FixturePlugin(
      "p",
      [
        FixtureTool("lie", "Lies.", output: schema) { $0.answer(["total": 3]) },
        FixtureTool("babble", "Answers no JSON.") { $0.answer(text: "{\"half\":") },
      ])
    try await serving(FixtureHost([plugin])) { wire in
      wire.initialize()
      for tool in ["p.lie", "p.babble"] {
        wire.call("1", tool)
        let answer = wire.receive()
        #expect(answer.failure?["code"] == "invalid_result")
        #expect(answer["result"]?["structuredContent"] == nil)
      }
    }
  }

  @Test func absentAndNullArgumentsAreNone() async throws {
    try await serving { wire in
      wire.initialize()
      for params in [#"{"name":"fixture.echo"}"#, #"{"name":"fixture.echo","arguments":null}"#] {
        wire.request("1", "tools/call", params)
        #expect(wire.receive()["result"]?["structuredContent"] == [:])
      }
    }
  }

  @Test func argumentsAndResultsPassByteForByte() async throws {
    try await serving { wire in
      wire.initialize()
      let arguments =
        #"{"z":1.0,"a":9223372036854775808,"e":1e400,"i":12345678901234567890123,"u":"\u2028\u0000é😀","o":{},"l":[]}"#
      wire.call("1", "fixture.echo", arguments)
      let line = String(decoding: wire.receiveLine() ?? [], as: UTF8.self)
      #expect(line.hasSuffix(#""structuredContent":\#(arguments)}}"#))
    }
  }

  @Test func lineSeparatorsLeaveEscaped() async throws {
    try await serving { wire in
      wire.initialize()
      wire.call("1", "fixture.echo", "{\"t\":\"a\u{2028}b\u{2029}c\u{85}d\"}")
      let line = String(decoding: wire.receiveLine() ?? [], as: UTF8.self)
      #expect(line.contains("a\\u2028b\\u2029c\u{85}d"))
      #expect(!line.contains("\u{2028}"))
    }
  }

  @Test func aResultOverSeveralLinesIsOneFrame() async throws {
    try await serving { wire in
      wire.initialize()
      wire.call("1", "fixture.lines")
      #expect(wire.receive()["result"]?["structuredContent"] == ["text": "a\u{2028}b\u{2029}c"])
    }
  }

  @Test func progressRisesComesBeforeTheAnswerAndOnlyWhenAskedFor() async throws {
    try await serving { wire in
      wire.initialize()
      for token in [#""t""#, "0", "12345678901234567890"] {
        wire.call("1", "fixture.count", meta: #"{"progressToken":\#(token)}"#)
        for expected in [0, 50, 100] {
          let line = String(decoding: wire.receiveLine() ?? [], as: UTF8.self)
          #expect(line.contains(#""progressToken":\#(token),"progress":\#(expected),"total":100"#))
        }
        #expect(wire.receive()["id"] == 1)
      }
      wire.call("2", "fixture.count")
      #expect(wire.receive()["id"] == 2)
    }
  }
}
