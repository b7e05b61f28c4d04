import JSONCodec
import MCPFixtures
import MCPServer
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)), .leavesNothingBehind)
struct ResourceAndPromptTests {
  private static func host() -> FixtureHost {
    FixtureHost([FixtureTools.all], resources: FixtureResources(), prompts: FixturePrompts.all)
  }

  @Test(arguments: ["2025-06-18", "2025-11-25"]) func iconsOfResourcesGoToRevisionsThatKnowThem(
    revision: String
  ) async throws {
    let host = FixtureHost([], resources: JournalResources(journal: MemoryJournal()))
    try await serving(host) { wire in
      wire.initialize(revision)
      wire.request("1", "resources/templates/list")
      let templates = wire.receive()["result"]?["resourceTemplates"]?.array ?? []
      #expect(!templates.isEmpty)
      for template in templates { #expect((template["icons"] != nil) == (revision == "2025-11-25")) }
    }
  }

  @Test func whatIsNotOfferedIsNoMethod() async throws {
    try await serving { wire in
      wire.initialize()
      for method in [
        "resources/list", "resources/read", "prompts/list", "prompts/get", "completion/complete",
      ] {
        wire.request("1", method)
        #expect(wire.receive().errorCode == -32601)
      }
    }
  }

  @Test func resourcesAreListedAndRead() async throws {
    try await serving(Self.host()) { wire in
      wire.initialize("2024-11-05")
      wire.request("1", "resources/list")
      let list = wire.receive()["result"]?["resources"]?.array ?? []
      #expect(
        list.first == [
          "uri": "test://static-binary", "name": "static-binary", "description": "A fixture.",
          "mimeType": "image/png",
        ])
      wire.request("2", "resources/read", #"{"uri":"test://static-binary"}"#)
      #expect(
        wire.receive()["result"] == [
          "contents": [["uri": "test://static-binary", "mimeType": "image/png", "blob": "iVBORw0KGgo="]]
        ])
      wire.request("3", "resources/read", #"{"uri":"test://template/7/data"}"#)
      #expect(wire.receive()["result"]?["contents"]?[0]?["text"]?.string?.contains(#""id":"7""#) == true)
      wire.request("4", "resources/templates/list")
      #expect(
        wire.receive()["result"]?["resourceTemplates"]?[0]?["uriTemplate"] == "test://template/{id}/data")
    }
  }

  @Test func aMissingResourceIsAnErrorOfItsRevisionWithTheURI() async throws {
    try await serving(Self.host()) { wire in
      wire.initialize()
      wire.request("1", "resources/read", #"{"uri":"test://missing"}"#)
      let old = wire.receive()
      #expect(old.errorCode == -32002)
      #expect(old["error"]?["data"] == ["uri": "test://missing"])
      wire.request("2", "resources/read", #"{"uri":"test://missing","_meta":\#(modernMeta)}"#)
      let new = wire.receive()
      #expect(new.errorCode == -32602)
      #expect(new["error"]?["data"] == ["uri": "test://missing"])
      wire.request("3", "resources/read", #"{"uri":7}"#)
      #expect(wire.receive().errorCode == -32602)
      wire.request("4", "resources/read", #"{"uri":"test://broken"}"#)
      #expect(wire.receive()["error"] == ["code": -32603, "message": "the resource cannot be read"])
    }
  }

  @Test func promptsAreListedAndFilledIn() async throws {
    try await serving(Self.host()) { wire in
      wire.initialize()
      wire.request("1", "prompts/list")
      let names = wire.receive()["result"]?["prompts"]?.array?.compactMap { $0["name"]?.string }
      #expect(
        names == [
          "test_prompt_with_arguments", "test_prompt_with_embedded_resource", "test_prompt_with_image",
          "test_simple_prompt",
        ])
      wire.request(
        "2", "prompts/get",
        #"{"name":"test_prompt_with_arguments","arguments":{"arg1":"{{arg2}}","arg2":"b"}}"#)
      let messages = wire.receive()["result"]?["messages"]
      #expect(
        messages?[0] == [
          "role": "user",
          "content": ["type": "text", "text": "Prompt with arguments: arg1='{{arg2}}', arg2='b'"],
        ])
      #expect(messages?[1] == ["role": "assistant", "content": ["type": "text", "text": "."]])
    }
  }

  @Test(
    arguments: [
      #"{"name":"no_such_prompt"}"#, #"{"name":"test_prompt_with_arguments"}"#,
      #"{"name":"test_prompt_with_arguments","arguments":{"arg1":"a"}}"#,
      #"{"name":"test_prompt_with_arguments","arguments":{"arg1":"a","arg2":1}}"#,
      #"{"name":"test_simple_prompt","arguments":{"other":"a"}}"#,
      #"{"name":"test_simple_prompt","arguments":[]}"#,
      "{}",
    ])
  func aPromptThatCannotBeFilledInIsInvalidParams(params: String) async throws {
    try await serving(Self.host()) { wire in
      wire.initialize()
      wire.request("1", "prompts/get", params)
      #expect(wire.receive().errorCode == -32602)
    }
  }

  @Test func completionsBeginWithWhatWasTypedAndAreAtMostAHundred() async throws {
    try await serving(Self.host()) { wire in
      wire.initialize()
      wire.request(
        "1", "completion/complete",
        #"{"ref":{"type":"ref/prompt","name":"test_prompt_with_arguments"},"argument":{"name":"arg1","value":"par"}}"#
      )
      #expect(
        wire.receive()["result"]?["completion"] == [
          "values": ["paris", "park", "party"], "total": 3, "hasMore": false,
        ])
      wire.request(
        "2", "completion/complete",
        #"{"ref":{"type":"ref/resource","uri":"test://template/{id}/data"},"argument":{"name":"id","value":"id-"}}"#
      )
      let many = wire.receive()["result"]?["completion"]
      #expect(many?["values"]?.array?.count == 100)
      #expect(many?["total"] == 250)
      #expect(many?["hasMore"] == true)
      for params in [
        "{}", #"{"ref":{"type":"ref/prompt","name":"none"},"argument":{"name":"a","value":""}}"#,
        #"{"ref":{"type":"ref/resource","uri":"none://"},"argument":{"name":"a","value":""}}"#,
        #"{"ref":{"type":"ref/prompt","name":"test_simple_prompt"},"argument":{"name":"a"}}"#,
      ] {
        wire.request("3", "completion/complete", params)
        #expect(wire.receive().errorCode == -32602)
      }
    }
  }

  @Test func messagesComeOnlyWhenAskedForAndOnlyOfThatImportance() async throws {
    let host = FixtureHost([ConformanceTools.plugin(ChangeAnnouncer())])
    try await serving(host) { wire in
      wire.initialize()
      wire.call("1", "test.tool_with_logging")
      #expect(wire.receive()["id"] == 1)
      wire.request("2", "logging/setLevel", #"{"level":"loud"}"#)
      #expect(wire.receive().errorCode == -32602)
      wire.request("3", "logging/setLevel", #"{"level":"info"}"#)
      #expect(wire.receive()["result"] == [:])
      wire.call("4", "test.tool_with_logging")
      for text in ["Tool execution started", "Tool processing data", "Tool execution completed"] {
        let message = wire.receive()
        #expect(message["method"] == "notifications/message")
        #expect(
          message["params"] == ["level": "info", "logger": "test.tool_with_logging", "data": .string(text)])
      }
      #expect(wire.receive()["id"] == 4)
      wire.request("5", "logging/setLevel", #"{"level":"warning"}"#)
      #expect(wire.receive()["id"] == 5)
      wire.call("6", "test.tool_with_logging")
      #expect(wire.receive()["id"] == 6)
      // A request of the new revision says for itself what it wants to hear.
      wire.call("7", "test.tool_with_logging", meta: modernMeta)
      #expect(wire.receive()["id"] == 7)
      wire.call(
        "8", "test.tool_with_logging",
        meta: modernMeta.dropLast() + #","io.modelcontextprotocol/logLevel":"debug"}"#)
      #expect(wire.receive()["method"] == "notifications/message")
    }
  }
}
