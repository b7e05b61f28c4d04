import JSONCodec
import PluginABI
import PluginHarness
import Testing

struct RulesPluginTests {
  private static let configuration = #"""
    {"models":{"triage":{"rules":[{"when":{"handoff":{"fields":{"n":"/n"}}},"answer":"got {{n}}"},
      {"when":{"message":"^sum"},"answer":"One moment, please.",
       "call":{"tool":"calc_evaluate","arguments":{"expression":"1 + 1"}}}],"default":{"answer":"default"}},
     "analyst":{"default":{"answer":"x"}}}}
    """#

  private func plugin() throws -> PluginInstance {
    try PluginInstance(LoadedPlugin(library: "librules.so"), configuration: Self.configuration)
  }

  private func request(_ messages: String, model: String = "triage") -> String {
    #"""
    {"model":"\#(model)","messages":[\#(messages)],"tools":[{"name":"calc_evaluate","inputSchema":{"type":"object"}}],
     "toolChoice":"auto","settings":{}}
    """#
  }

  @Test func anAnswerIsStreamedInWordsAndThenGivenWhole() throws {
    let outcome = try plugin().call("chat", request(#"{"role":"user","content":"sum"}"#))
    #expect(outcome.status == jf_status(JF_OK))
    let call: JSONValue = ["id": "call-1", "name": "calc_evaluate", "arguments": #"{"expression":"1 + 1"}"#]
    #expect(outcome.json["text"] == "One moment, please.")
    #expect(outcome.json["toolCalls"] == [call])
    #expect(outcome.json["finishReason"] == "tool_calls")
    let text = outcome.events.filter { $0.kind == Int32(JF_EVENT_TEXT) }.map(\.data)
    #expect(text == ["One ", "moment, ", "please."])
    let calls = outcome.events.filter { $0.kind == Int32(JF_EVENT_TOOL_CALL) }
    #expect(calls.count == 1)
    let event = try JSONValue(parsing: calls[0].data)
    #expect(
      event["index"] == 0 && event["name"] == "calc_evaluate" && event["arguments"] == call["arguments"])
    let usage = outcome.events.filter { $0.kind == Int32(JF_EVENT_USAGE) }
    #expect(try usage.map { try JSONValue(parsing: $0.data) } == [outcome.json["usage"]])
  }

  @Test func theHandoverOfAnAgentCrossesTheABI() throws {
    let handover =
      #"{"role":"user","agent":"analyst","content":"Agent \"analyst\" handed over to you with {\"n\":25}"}"#
    let outcome = try plugin().call("chat", request(#"{"role":"user","content":"?"},\#(handover)"#))
    #expect(outcome.json["text"] == "got 25")
  }

  @Test func anUnknownModelIsAnArgumentErrorThatNamesTheNearest() throws {
    let outcome = try plugin().call("chat", request(#"{"role":"user","content":"?"}"#, model: "analist"))
    #expect(outcome.status == jf_status(JF_E_ARGUMENT))
    #expect(outcome.payload == #"no model "analist"; did you mean "analyst"?"#)
  }

  @Test func theModelsAreListed() throws {
    #expect(try plugin().call("models", "{}").json == ["models": [["name": "analyst"], ["name": "triage"]]])
  }

  @Test func rulesThatAreWrongOpenNothingAndAreNamed() throws {
    let plugin = try LoadedPlugin(library: "librules.so")
    let configuration =
      #"{"models":{"m":{"rules":[{"name":"a","when":{"message":"["},"answer":"x"}],"default":{"answer":"y"}}}}"#
    let error = #expect(throws: PluginInstance.OpenError.self) {
      try PluginInstance(plugin, configuration: configuration)
    }
    #expect(
      error?.description.hasPrefix("model \"m\", rule 1 \"a\": the pattern of message is wrong: ") == true)
  }

  @Test func theTableHasAChatAndTheModels() throws {
    let plugin = try LoadedPlugin(library: "librules.so")
    #expect(plugin.functions.map(\.name.text) == ["chat", "models"])
    #expect(plugin.functions.map(\.kind) == [Int32(JF_KIND_CHAT), Int32(JF_KIND_MODELS)])
  }
}
