import JSONCodec
import MCPServer
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)), .leavesNothingBehind)
struct EraTests {
  @Test(arguments: Revision.allCases.filter { $0 != .july2026 })
  func anOlderRevisionIsAgreedOnByItsName(revision: Revision) async throws {
    try await serving { wire in
      wire.request(
        "1", "initialize",
        #"{"protocolVersion":"\#(revision.rawValue)","capabilities":{},"clientInfo":{"name":"t","version":"1"}}"#
      )
      let result = wire.receive()["result"]
      #expect(result?["protocolVersion"]?.string == revision.rawValue)
      #expect(result?["serverInfo"]?["name"]?.string == "jackfield-fixture")
      #expect((result?["serverInfo"]?["title"] != nil) == (revision >= .june2025))
      for field in ["resultType", "ttlMs", "_meta"] { #expect(result?[field] == nil) }
    }
  }

  @Test(arguments: ["1999-01-01", "2026-07-28", "9999-12-31", ""])
  func aRevisionThatHasNoHandshakeIsAnsweredWithTheNewestThatHas(asked: String) async throws {
    try await serving { wire in
      wire.request(
        "1", "initialize",
        #"{"protocolVersion":"\#(asked)","capabilities":{},"clientInfo":{"name":"t","version":"1"}}"#)
      #expect(wire.receive()["result"]?["protocolVersion"]?.string == "2025-11-25")
    }
  }

  @Test func aHandshakeThatLacksSomethingIsRefusedAndTheNextOneWorks() async throws {
    try await serving { wire in
      for params in [
        "{}", #"{"protocolVersion":1,"capabilities":{},"clientInfo":{"name":"t","version":"1"}}"#,
        #"{"protocolVersion":"2025-11-25","clientInfo":{"name":"t","version":"1"}}"#,
        #"{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t"}}"#,
      ] {
        wire.request("1", "initialize", params)
        #expect(wire.receive().errorCode == -32602)
      }
      wire.initialize()
    }
  }

  @Test func discoveryTellsWhatIsSpokenWithoutAHandshake() async throws {
    try await serving { wire in
      wire.request("1", "server/discover", #"{"_meta":\#(modernMeta)}"#)
      let result = wire.receive()["result"]
      #expect(result?["resultType"] == "complete")
      #expect(result?["supportedVersions"] == ["2026-07-28"])
      #expect(result?["capabilities"]?["tools"] != nil)
      #expect(result?["ttlMs"] == 0)
      #expect(result?["cacheScope"] == "private")
      #expect(
        result?["_meta"]?["io.modelcontextprotocol/serverInfo"]?["name"] == "jackfield-fixture")
    }
  }

  @Test(arguments: ["2025-11-25", "2099-01-01", ""])
  func aVersionThatNeedsAHandshakeOrIsUnknownIsNamedInTheRefusal(version: String) async throws {
    let meta =
      #"{"io.modelcontextprotocol/protocolVersion":"\#(version)","io.modelcontextprotocol/clientCapabilities":{}}"#
    try await serving { wire in
      wire.request("1", "tools/list", #"{"_meta":\#(meta)}"#)
      let error = wire.receive()["error"]
      #expect(error?["code"] == -32022)
      #expect(error?["data"] == ["supported": ["2026-07-28"], "requested": .string(version)])
    }
  }

  @Test(
    arguments: [
      #"{"io.modelcontextprotocol/clientCapabilities":{}}"#,
      #"{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#,
      #"{"io.modelcontextprotocol/protocolVersion":7,"io.modelcontextprotocol/clientCapabilities":{}}"#,
      #"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":[]}"#,
      #"{"io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"}}"#, "7",
      #"{"progressToken":1.5}"#,
    ])
  func anIncompleteMetaIsInvalidParams(meta: String) async throws {
    try await serving { wire in
      wire.initialize()
      wire.request("1", "tools/list", #"{"_meta":\#(meta)}"#)
      #expect(wire.receive().errorCode == -32602)
    }
  }

  @Test(arguments: ["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"])
  func methodsOfOlderRevisionsAreGoneFromTheNewOne(method: String) async throws {
    try await serving { wire in
      wire.request("1", method, #"{"_meta":\#(modernMeta)}"#)
      #expect(wire.receive().errorCode == -32601)
    }
  }

  @Test func beforeAHandshakeAPingIsAnsweredAndNothingElse() async throws {
    try await serving { wire in
      wire.request("1", "ping")
      #expect(wire.receive() == ["jsonrpc": "2.0", "id": 1, "result": [:]])
      wire.request("2", "tools/list")
      #expect(wire.receive().errorCode == -32602)
      wire.request("3", "server/discover")
      #expect(wire.receive().errorCode == -32602)
      wire.request("4", "no/such/method")
      #expect(wire.receive().errorCode == -32601)
      wire.initialize()
      wire.request("5", "tools/list")
      #expect(wire.receive()["result"]?["tools"] != nil)
    }
  }

  @Test func oldAndNewRequestsTakeTurnsOnOnePipe() async throws {
    try await serving { wire in
      wire.request("1", "tools/list", #"{"_meta":\#(modernMeta)}"#)
      #expect(wire.receive()["result"]?["resultType"] == "complete")
      wire.initialize("2024-11-05")
      for _ in 0..<3 {
        wire.call("2", "fixture.add", #"{"a":1,"b":2}"#)
        let old = wire.receive()["result"]
        #expect(old?["resultType"] == nil)
        #expect(old?["structuredContent"] == nil)
        wire.call("3", "fixture.add", #"{"a":1,"b":2}"#, meta: modernMeta)
        let new = wire.receive()["result"]
        #expect(new?["resultType"] == "complete")
        #expect(new?["structuredContent"] == ["sum": 3])
      }
      wire.request("4", "server/discover")
      #expect(wire.receive().errorCode == -32602)
    }
  }

  @Test func aMalformedProbeDoesNotSpoilWhatFollows() async throws {
    try await serving { wire in
      wire.request("1", "server/discover")
      #expect(wire.receive().errorCode == -32602)
      wire.request("2", "tools/list", #"{"_meta":\#(modernMeta)}"#)
      #expect(wire.receive()["result"]?["resultType"] == "complete")
    }
  }
}
