import JSONCodec
import MCPFixtures
import MCPServer
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)), .leavesNothingBehind)
struct SieveTests {
  @Test(arguments: Revision.allCases)
  func aPeerGetsNoFieldThatItsRevisionDoesNotHave(revision: Revision) async throws {
    try await serving { wire in
      let meta = revision == .july2026 ? modernMeta : nil
      if meta == nil { wire.initialize(revision.rawValue) }
      wire.request("1", "tools/list", meta.map { #"{"_meta":\#($0)}"# })
      let list = wire.receive()["result"]
      let add = list?["tools"]?[0]
      #expect(add?["name"] == "fixture.add")
      #expect((add?["annotations"] != nil) == (revision >= .march2025))
      #expect((add?["title"] != nil) == (revision >= .june2025))
      #expect((add?["outputSchema"] != nil) == (revision >= .june2025))
      #expect((list?["ttlMs"] != nil) == (revision == .july2026))
      #expect((list?["cacheScope"] != nil) == (revision == .july2026))

      wire.call("2", "fixture.add", #"{"a":1,"b":2}"#, meta: meta)
      let sum = wire.receive()["result"]
      #expect((sum?["structuredContent"] != nil) == (revision >= .june2025))
      #expect(sum?["content"] == [["type": "text", "text": #"{"sum":3}"#]])

      wire.call("3", "fixture.image", meta: meta)
      let types = wire.receive()["result"]?["content"]?.array?.compactMap { $0["type"]?.string } ?? []
      #expect(types.contains("image"))
      #expect(types.contains("audio") == (revision >= .march2025))
      #expect(types.contains("resource_link") == (revision >= .june2025))

      let token = meta.map { $0.dropLast() + #","progressToken":"t"}"# } ?? #"{"progressToken":"t"}"#
      wire.call("4", "fixture.count", meta: token)
      let progress = wire.receive()["params"]
      #expect(progress?["progressToken"] == "t")
      #expect((progress?["message"] != nil) == (revision >= .march2025))
    }
  }

  @Test func aResultThatIsNoObjectIsStructuredForNewPeersOnly() async throws {
    let plugin = FixturePlugin(
      "p",
      [
        FixtureTool("list", "A list.", output: ["type": "array"]) { $0.answer([1, 2]) },
        FixtureTool("say", "A text.") { $0.answer("plain words") },
      ])
    try await serving(FixtureHost([plugin])) { wire in
      wire.initialize()
      wire.request("1", "tools/list")
      #expect(wire.receive()["result"]?["tools"]?[0]?["outputSchema"] == nil)
      wire.call("2", "p.list")
      #expect(wire.receive()["result"] == ["content": [["type": "text", "text": "[1,2]"]]])
      wire.call("3", "p.list", meta: modernMeta)
      #expect(wire.receive()["result"]?["structuredContent"] == [1, 2])
      wire.call("4", "p.say")
      #expect(wire.receive()["result"] == ["content": [["type": "text", "text": "plain words"]]])
    }
  }
}
