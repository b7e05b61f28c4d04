import PluginABI
import Synchronization
import Testing

@testable import JackfieldPluginSDK

/// The second form of PluginAPI/PROVIDERS.md, through the SDK's own table.
@Suite(.serialized) struct SDKProviderTests {
  let host = TestHost()
  private let calls = Calls()

  private final class Calls: Sendable {
    private let last = Mutex<UInt64>(0)
    func next() -> UInt64 {
      last.withLock {
        $0 += 1; return $0
      }
    }
  }

  private func call(_ function: String, _ request: String) async throws -> TestHost.Completion {
    try await host.call(OraclePlugin.self, function, request, as: calls.next())
  }

  private func failing(_ kind: String, form: String) async throws -> TestHost.Completion {
    try await call("chat", #"{\#(form)"model":"\#(kind)","messages":[]}"#)
  }

  @Test func aFailureIsAnObjectForAHostThatReadsIt() async throws {
    let outcome = try await failing("rate_limited", form: #""form":2,"#)
    #expect(outcome.status == JF_E_BUSY)
    #expect(
      outcome.payload
        == #"{"kind":"rate_limited","message":"m","detail":"d","retryAfterMs":1501,"httpStatus":418,"requestId":"r"}"#
    )
  }

  @Test func aFailureIsItsMessageForAHostOfTheFirstForm() async throws {
    #expect(try await failing("overloaded", form: "") == .init(status: JF_E_BUSY, payload: "m"))
    #expect(
      try await call("embed", #"{"model":"none","texts":["a"]}"#)
        == .init(status: JF_E_ARGUMENT, payload: "m"))
  }

  @Test(
    arguments: zip(
      ProviderFailure.Kind.allCases,
      [
        JF_E_BUSY, JF_E_BUSY, JF_E_DENIED, JF_E_DENIED, JF_E_DENIED, JF_E_ARGUMENT, JF_E_ARGUMENT,
        JF_E_ARGUMENT,
        JF_E_TOOL, JF_E_IO, JF_E_IO, JF_E_IO, JF_E_TOOL,
      ]))
  func everyKindHasTheStatusOfTheContract(kind: ProviderFailure.Kind, status: Int) async throws {
    #expect(try await failing(kind.rawValue, form: #""form":2,"#).status == status)
  }

  @Test(arguments: [("", "content_filter"), (#""form":2,"#, "refusal")])
  func aRefusalIsToldAsTheHostReadsIt(form: String, reason: String) async throws {
    let outcome = try await call("chat", #"{\#(form)"model":"refuse","messages":[]}"#)
    #expect(
      outcome.payload
        == #"{"text":"no","toolCalls":[],"finishReason":"\#(reason)","usage":{"inputTokens":9,"outputTokens":4,"#
        + #""cachedInputTokens":8,"cacheWriteInputTokens":1,"reasoningTokens":2},"continuation":{"s":1},"model":"x","id":"i"}"#
    )
    #expect(
      host.state.withLock { $0.events.map(\.data) } == [
        #"{"inputTokens":9,"outputTokens":4,"cachedInputTokens":8,"cacheWriteInputTokens":1,"reasoningTokens":2}"#
      ])
  }

  @Test func aServersLongNameOfAnAnswerIsCut() {
    let long = ChatAnswer(model: String(repeating: "ä", count: 300), id: String(repeating: "x", count: 257))
    #expect(long.inForm(2).model?.unicodeScalars.count == 256)
    #expect(long.inForm(1).id?.utf8.count == 256)
  }

  @Test func whatIsMoreThanTextIsReadWithIt() async throws {
    let outcome = try await call(
      "chat",
      #"""
      {"form":2,"model":"parts","messages":[{"role":"user","content":"a","parts":[{"type":"text","text":"a"},
       {"type":"image","mimeType":"image/png","data":"AA=="},{"type":"image","url":"https://x"},{"type":"smell","of":1}]},
       {"role":"assistant","content":"","continuation":[1]}]}
      """#)
    #expect(outcome.payload.hasPrefix(#"{"text":"4 image/png AA== https://x smell [1]""#))
  }

  @Test func embeddingsAndModelsAreFunctionsOfTheirOwnKind() async throws {
    #expect(
      try await call("embed", #"{"form":2,"model":"m","texts":["a","bb"],"dimensions":2,"purpose":"query"}"#)
        .payload
        == #"{"vectors":[[1,0.5],[2,0.5]],"usage":{"inputTokens":3,"outputTokens":0},"model":"m"}"#)
    #expect(
      try await call("models", "{}").payload
        == #"{"models":[{"name":"m","kinds":["chat"],"contextTokens":8,"maxOutputTokens":4}]}"#)
    #expect(
      OraclePlugin.functions.map { Int($0.declaration.abiKind) } == [
        JF_KIND_CHAT, JF_KIND_EMBED, JF_KIND_MODELS,
      ])
  }

  // MARK: Settings

  private func settings(_ json: String) throws -> (common: ChatSettings, own: OraclePlugin.Section) {
    let request = try JSON.decode(ChatRequest.self, from: #"{"model":"m","messages":[],"settings":\#(json)}"#)
    return try request.settings(section: "oracle", as: OraclePlugin.Section.self)
  }

  @Test func settingsOfAllProvidersAndOfThisOneAreReadAndThoseOfOthersLeftAlone() throws {
    let (common, own) = try settings(
      #"""
      {"temperature":0.5,"top_p":1,"max_output_tokens":9,"stop":["x"],"seed":7,"parallel_tool_calls":false,
       "reasoning":{"effort":"low","budget_tokens":3,"summary":true},"oracle":{"smoke":true},"other":{"any":1}}
      """#)
    #expect(common.temperature == 0.5 && common.topP == 1 && common.maxOutputTokens == 9 && common.seed == 7)
    #expect(common.stop == ["x"] && common.parallelToolCalls == false)
    #expect(common.reasoning == .init(effort: .low, budgetTokens: 3, summary: true))
    #expect(own.smoke == true)
  }

  @Test(arguments: [
    #"{"temprature":1}"#, #"{"temperature":"hot"}"#, #"{"temperature":2.1}"#, #"{"top_p":0}"#,
    #"{"max_output_tokens":0}"#,
    #"{"stop":[]}"#, #"{"stop":[""]}"#, #"{"reasoning":{"efort":"low"}}"#,
    #"{"reasoning":{"effort":"huge"}}"#,
    #"{"reasoning":{"budget_tokens":-1}}"#, #"{"oracle":{"mirrors":1}}"#, #"{"oracle":3}"#,
  ])
  func settingsThatNobodyKnowsOrThatDoNotFitAreRefused(json: String) {
    #expect(throws: ProviderError.self) { try settings(json) }
  }
}

/// Says what it is asked to say by the name of its model.
private struct OraclePlugin: Plugin {
  static let id = "oracle"
  static let version = "1.0.0"
  static let functions: [Function<OraclePlugin>] = [
    .chat { _ in Chat() }, .embed { _ in Embed() },
    .models(asking: { _, _ in
      [ChatModel(name: "m", kinds: [.chat], contextTokens: 8, maxOutputTokens: 4)]
    }),
  ]
  struct Section: Decodable { var smoke: Bool? }

  init(_ opening: OpenContext) {}

  struct Chat: ChatProvider {
    static let description = "d"

    func respond(to request: ChatRequest, stream: ChatStream) throws -> ChatAnswer {
      switch request.model {
      case "refuse":
        let usage = ChatUsage(
          inputTokens: 9, outputTokens: 4, cachedInputTokens: 8, cacheWriteInputTokens: 1, reasoningTokens: 2)
        try stream.usage(usage)
        return ChatAnswer(
          text: "no", finishReason: .refusal, usage: usage, continuation: ["s": 1], model: "x", id: "i")
      case "parts":
        let parts = request.messages[0].parts ?? []
        let words = parts.compactMap { part -> String? in
          switch part {
          case .text: nil
          case .image(let mimeType, let base64): "\(mimeType) \(base64)"
          case .imageAddress(let url): url
          case .unknown(let type): type
          }
        }
        let carried = request.messages[1].continuation?.json ?? ""
        return ChatAnswer(text: ([String(parts.count)] + words + [carried]).joined(separator: " "))
      default:
        throw ProviderFailure(
          ProviderFailure.Kind(rawValue: request.model) ?? .badAnswer, "m", detail: "d",
          retryAfter: .microseconds(1_500_001), httpStatus: 418, requestID: "r")
      }
    }
  }

  struct Embed: EmbedProvider {
    func embed(_ request: EmbedRequest, context: CallContext) throws -> EmbedAnswer {
      if request.model == "none" { throw ProviderFailure(.modelNotFound, "m") }
      return EmbedAnswer(
        vectors: request.texts.map { [Double($0.utf8.count), 0.5] }, usage: ChatUsage(inputTokens: 3),
        model: request.model)
    }
  }
}
