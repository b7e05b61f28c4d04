import JSONCodec
import MCPFixtures
import MCPServer
import TestSupport
import Testing

private let listenAll =
  #"{"_meta":\#(modernMeta),"notifications":{"toolsListChanged":true,"promptsListChanged":true,"resourcesListChanged":false,"resourceSubscriptions":["test://watched-resource"]}}"#

private func host() -> FixtureHost {
  FixtureHost([FixtureTools.all], resources: FixtureResources(), prompts: FixturePrompts.all)
}

@Suite(.timeLimit(.minutes(1)), .leavesNothingBehind)
struct ChangeTests {
  @Test func aStreamIsAcknowledgedFirstAndHearsWhatItAskedForOnce() async throws {
    let host = host()
    try await serving(host) { wire in
      wire.request("\"s\"", "subscriptions/listen", listenAll)
      let first = wire.receive()
      #expect(first["method"] == "notifications/subscriptions/acknowledged")
      #expect(
        first["params"]?["notifications"] == [
          "toolsListChanged": true, "promptsListChanged": true,
          "resourceSubscriptions": ["test://watched-resource"],
        ])
      #expect(first["params"]?["_meta"] == ["io.modelcontextprotocol/subscriptionId": "s"])
      for change in [.resources, .resource("test://other"), .tools, .resource("test://watched-resource")]
        as [Change]
      {
        host.changes.announce(change)
      }
      let tools = wire.receive()
      #expect(tools["method"] == "notifications/tools/list_changed")
      #expect(tools["params"] == ["_meta": ["io.modelcontextprotocol/subscriptionId": "s"]])
      let updated = wire.receive()
      #expect(updated["method"] == "notifications/resources/updated")
      #expect(updated["params"]?["uri"] == "test://watched-resource")
      wire.request("1", "tools/list", #"{"_meta":\#(modernMeta)}"#)
      #expect(wire.receive()["id"] == 1)
    }
  }

  @Test func aCancelledStreamEndsWithoutAnAnswerAndTheOthersGoOn() async throws {
    let host = host()
    try await serving(host) { wire in
      for id in ["1", "2"] {
        wire.request(id, "subscriptions/listen", listenAll)
        #expect(wire.receive()["method"] == "notifications/subscriptions/acknowledged")
      }
      wire.cancel("1")
      wire.request("3", "tools/list", #"{"_meta":\#(modernMeta)}"#)
      #expect(wire.receive()["id"] == 3)
      host.changes.announce(.tools)
      #expect(wire.receive()["params"]?["_meta"]?["io.modelcontextprotocol/subscriptionId"] == 2)
      wire.endInput()
      let rest = wire.receiveRest()
      #expect(rest.count == 2)
      #expect(rest.first?["method"] == "notifications/cancelled")
      #expect(rest.first?["params"]?["requestId"] == 2)
      #expect(rest.last?["id"] == 2)
      #expect(rest.last?["result"]?["resultType"] == "complete")
      #expect(rest.last?["result"]?["_meta"]?["io.modelcontextprotocol/subscriptionId"] == 2)
    }
  }

  @Test(
    arguments: [
      "{}", #"{"notifications":[]}"#, #"{"notifications":{"toolsListChanged":1}}"#,
      #"{"notifications":{"resourceSubscriptions":"x"}}"#,
      #"{"notifications":{"resourceSubscriptions":[1]}}"#,
    ])
  func aMalformedFilterIsInvalidParams(params: String) async throws {
    try await serving(host()) { wire in
      let rest = params.dropFirst()
      wire.request("1", "subscriptions/listen", #"{"_meta":\#(modernMeta)"# + (rest == "}" ? "" : ",") + rest)
      #expect(wire.receive().errorCode == -32602)
    }
  }

  @Test func whatIsNotOfferedIsNotHonoured() async throws {
    try await serving { wire in
      wire.request("1", "subscriptions/listen", listenAll)
      #expect(wire.receive()["params"]?["notifications"] == ["toolsListChanged": true])
    }
  }

  @Test func anOlderClientHearsOfListsAndOfResourcesItSubscribedTo() async throws {
    let host = host()
    try await serving(host) { wire in
      host.changes.announce(.tools)  // nobody is there yet
      wire.initialize("2024-11-05")
      wire.request("1", "resources/subscribe", #"{"uri":"test://watched-resource"}"#)
      #expect(wire.receive()["result"] == [:])
      host.changes.announce(.tools)
      #expect(
        wire.receive() == ["jsonrpc": "2.0", "method": "notifications/tools/list_changed", "params": [:]])
      host.changes.announce(.resource("test://other"))
      host.changes.announce(.resource("test://watched-resource"))
      #expect(wire.receive()["params"] == ["uri": "test://watched-resource"])
      wire.request("2", "resources/unsubscribe", #"{"uri":"test://watched-resource"}"#)
      #expect(wire.receive()["result"] == [:])
      host.changes.announce(.resource("test://watched-resource"))
      wire.request("3", "subscriptions/listen", #"{"notifications":{}}"#)
      #expect(wire.receive().errorCode == -32601)
    }
  }
}
