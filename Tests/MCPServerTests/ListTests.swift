import JSONCodec
import MCPFixtures
import MCPServer
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)), .leavesNothingBehind)
struct ListTests {
  private static func many(_ count: Int) -> FixturePlugin {
    FixturePlugin(
      "many", (0..<count).map { index in FixtureTool("t\(index)", "No. \(index)") { $0.answer([:]) } })
  }

  @Test func aThousandToolsComeInPagesEachOnceAndAlwaysInTheSameOrder() async throws {
    try await serving(FixtureHost([Self.many(1000)])) { wire in
      wire.initialize()
      var rounds: [[String]] = []
      for _ in 0..<2 {
        var names: [String] = []
        var cursor: String? = ""
        while let current = cursor {
          wire.request("1", "tools/list", current.isEmpty ? nil : #"{"cursor":"\#(current)"}"#)
          let result = wire.receive()["result"]
          let page = result?["tools"]?.array?.compactMap { $0["name"]?.string } ?? []
          #expect(page.count == 100)
          names += page
          cursor = result?["nextCursor"]?.string
        }
        rounds.append(names)
      }
      #expect(Set(rounds[0]).count == 1000)
      #expect(rounds[0] == rounds[0].sorted())
      #expect(rounds[0] == rounds[1])
    }
  }

  @Test(arguments: ["\"xyz\"", "\"after:\"", "7", "null", "\"after\""])
  func aCursorThatWasNotGivenOutIsRefused(cursor: String) async throws {
    try await serving { wire in
      wire.initialize()
      wire.request("1", "tools/list", #"{"cursor":\#(cursor)}"#)
      #expect(wire.receive().errorCode == -32602)
    }
  }

  @Test func anEmptyCursorIsTheBeginning() async throws {
    try await serving { wire in
      wire.initialize()
      wire.request("1", "tools/list", #"{"cursor":""}"#)
      #expect(wire.receive()["result"]?["tools"]?[0]?["name"] == "fixture.add")
    }
  }

  @Test func aTenantWithoutToolsGetsAnEmptyList() async throws {
    try await serving(FixtureHost([])) { wire in
      wire.initialize()
      wire.request("1", "tools/list")
      #expect(wire.receive()["result"] == ["tools": []])
    }
  }

  @Test func schemasKeepTheirOrderAndTheirKeywords() async throws {
    let text =
      #"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","$defs":{"z":{"$anchor":"q"},"a":true},"allOf":[{"if":{},"then":{}}],"additionalProperties":false}"#
    let plugin = FixturePlugin(
      "p", [FixtureTool("t", "T.", input: try JSONValue(parsing: text)) { $0.answer([:]) }])
    try await serving(FixtureHost([plugin])) { wire in
      wire.initialize()
      wire.request("1", "tools/list")
      #expect(String(decoding: wire.receiveLine() ?? [], as: UTF8.self).contains(#""inputSchema":\#(text)"#))
    }
  }
}
