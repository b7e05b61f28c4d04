import PluginABI
import Synchronization
import Testing

@testable import JackfieldPluginSDK

@Suite(.serialized) struct SDKChatTests {
  let host = TestHost()

  private func chat(_ request: String) async throws -> TestHost.Completion {
    try await host.with(#require(SamplePlugin.table(1 << 16))) { await $0.call("chat", request) }
  }

  @Test func aProviderAnswersInTheShapeOfTheContractAndStreamsItsPieces() async throws {
    let outcome = try await chat(
      #"""
      {"model":"m","messages":[{"role":"user","content":"one two"}],"settings":{"loud":true},
       "tools":[{"name":"calc_evaluate","description":"d","inputSchema":{"type":"object"}}],"toolChoice":"auto"}
      """#)
    #expect(
      outcome
        == .init(
          status: JF_OK,
          payload:
            #"{"text":"ONE TWO","toolCalls":[{"id":"c1","name":"calc_evaluate","arguments":"{\"a\":1}"}],"#
            + #""finishReason":"tool_calls","usage":{"inputTokens":1,"outputTokens":1}}"#))
    #expect(
      host.state.withLock { $0.events } == [
        .init(kind: JF_EVENT_TEXT, data: "ONE"), .init(kind: JF_EVENT_TEXT, data: "TWO"),
        .init(kind: JF_EVENT_USAGE, data: #"{"inputTokens":1,"outputTokens":1}"#),
        .init(
          kind: JF_EVENT_TOOL_CALL,
          data: #"{"index":0,"id":"c1","name":"calc_evaluate","arguments":"{\"a\""}"#),
        .init(kind: JF_EVENT_TOOL_CALL, data: #"{"index":0,"arguments":":1}"}"#),
      ])
  }

  @Test func theMessagesOfAToolRoundAreUnderstood() async throws {
    let outcome = try await chat(
      #"""
      {"model":"m","messages":[
        {"role":"assistant","content":"","toolCalls":[{"id":"c1","name":"t","arguments":"{}"}]},
        {"role":"tool","toolCallId":"c1","name":"t","content":"{\"value\":4}","isError":false}]}
      """#)
    #expect(outcome.status == JF_OK)
    #expect(outcome.payload.hasPrefix(#"{"text":"{\"value\":4}","toolCalls":[],"finishReason":"stop""#))
  }

  @Test(arguments: [
    (#"{"volume":3}"#, #"unknown setting "volume"; known: loud"#),
    (#"{"loud":"yes"}"#, "the settings do not fit: loud"),
  ])
  func settingsThatAreUnknownOrWrongAreRefused(settings: String, message: String) async throws {
    let outcome = try await chat(#"{"model":"m","messages":[],"settings":\#(settings)}"#)
    #expect(outcome.status == JF_E_ARGUMENT)
    #expect(outcome.payload.hasPrefix(message))
  }

  @Test func piecesForAReaderThatIsBehindWaitAndKeepTheirOrder() async throws {
    host.state.withLock { $0.emitStatuses = [JF_E_BUSY, JF_OK, JF_E_BUSY] }
    _ = try await chat(#"{"model":"m","messages":[{"role":"user","content":"a b c"}]}"#)
    #expect(host.state.withLock { $0.events.prefix(3).map(\.data) } == ["a", "b", "c"])
  }

  @Test(arguments: [(JF_E_CANCELLED, JF_E_CANCELLED), (JF_E_DEADLINE, JF_E_DEADLINE)])
  func aProviderStopsStreamingOnceNobodyWaits(emitted: Int, status: Int) async throws {
    host.state.withLock { $0.emitStatuses = [emitted] }
    #expect(try await chat(#"{"model":"m","messages":[{"role":"user","content":"a b"}]}"#).status == status)
    #expect(host.state.withLock { $0.events.isEmpty })
  }
}
