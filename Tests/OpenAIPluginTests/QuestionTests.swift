import JackfieldPluginSDK
import Testing

@testable import OpenAI

/// What is sent. That it is what OpenAI's own package would send is tried end to end.
@Suite struct QuestionTests {
  private func body(
    _ settings: [String: JSONValue] = [:], model: String = "gpt-4.1", preset: Preset = .openai,
    api: API = .chatCompletions,
    tools: [ChatTool] = [], outputSchema: JSONValue? = nil, messages: [ChatMessage] = []
  ) throws -> JSONValue {
    let request = ChatRequest(
      model: model, messages: messages, tools: tools, settings: settings, outputSchema: outputSchema)
    let question = try Question(request, model: model, preset: preset)
    return api == .chatCompletions
      ? try ChatCompletionsRequest.body(question) : try ResponsesRequest.body(question)
  }

  @Test(arguments: ["o1", "o3-mini", "o4-mini", "gpt-5", "gpt-5.1", "gpt-5-nano"])
  func aModelThatReasonsTakesNoTemperature(model: String) throws {
    #expect(throws: ProviderError.self) { try body(["temperature": 1], model: model) }
    #expect(throws: ProviderError.self) { try body(["top_p": 1], model: model) }
    #expect(throws: Never.self) {
      try body(["temperature": 1, "openai": ["reasoning_model": false]], model: model)
    }
    let sent = try body(["max_output_tokens": 9, "reasoning": ["effort": "low"]], model: model)
    #expect(sent["max_completion_tokens"] == 9 && sent["max_tokens"] == nil)
    #expect(sent["reasoning_effort"] == "low")
  }

  @Test(arguments: ["gpt-4o", "gpt-5-chat-latest", "o1x", "gpt-50"])
  func otherModelsDo(model: String) throws {
    #expect(try body(["temperature": 0.5], model: model)["temperature"] == 0.5)
  }

  @Test func otherServersAreAskedInTheirWords() throws {
    let settings: [String: JSONValue] = [
      "max_output_tokens": 9, "reasoning": ["effort": "low"], "temperature": 1,
    ]
    let ollama = try body(settings, model: "o1", preset: .ollama)
    #expect(ollama["max_tokens"] == 9 && ollama["max_completion_tokens"] == nil)
    let router = try body(
      ["reasoning": ["budget_tokens": 5, "summary": false]], model: "x/y", preset: .openrouter)
    #expect(router["reasoning"] == ["max_tokens": 5, "exclude": true] && router["reasoning_effort"] == nil)
    #expect(throws: ProviderError.self) { try body(["reasoning": ["budget_tokens": 5]]) }
  }

  @Test func schemasAreStrictWhereTheyCanBe() throws {
    let closed: JSONValue = [
      "type": "object", "properties": ["a": ["type": "string"]], "required": ["a"],
      "additionalProperties": false,
    ]
    let open: JSONValue = ["type": "object", "properties": ["a": ["type": "string"]]]
    let tools = [ChatTool(name: "c", inputSchema: closed), ChatTool(name: "o", inputSchema: open)]
    func strict(_ body: JSONValue) -> [JSONValue?] {
      guard case .array(let tools)? = body["tools"] else { return [] }
      return tools.map { ($0["function"] ?? $0)["strict"] }
    }
    #expect(strict(try body(tools: tools)) == [true, nil])
    #expect(strict(try body(api: .responses, tools: tools)) == [true, false])
    #expect(strict(try body(preset: .vllm, tools: tools)) == [nil, nil])
    #expect(strict(try body(["openai": ["strict": true]], preset: .vllm, tools: tools)) == [true, nil])
    #expect(try body(outputSchema: closed)["response_format"]?["json_schema"]?["strict"] == true)
    #expect(try body(outputSchema: open)["response_format"]?["json_schema"]?["strict"] == false)
    // A grammar and tools exclude each other there.
    #expect(try body(preset: .llamaCpp, tools: tools, outputSchema: closed)["response_format"] == nil)
    #expect(try body(preset: .llamaCpp, outputSchema: closed)["response_format"] != nil)
  }

  @Test(arguments: [
    (#"{"type":"string"}"#, true), (#"{"type":"string","minLength":1}"#, false),
    (#"{"type":"object"}"#, false),
    (#"{"anyOf":[{"type":"null"},{"type":"array","items":{"type":"integer"}}]}"#, true),
    (#"{"anyOf":[{"type":"array","items":{"type":"object","properties":{}}}]}"#, false),
    (##"{"$ref":"#/$defs/b"}"##, false), (#"{"oneOf":[]}"#, false), ("true", false),
  ])
  func whatStrictnessAllowsIsKnown(property: String, isStrict: Bool) throws {
    let schema: JSONValue = [
      "type": "object", "properties": ["a": try #require(JSONValue(parsing: property))], "required": ["a"],
      "additionalProperties": false, "$defs": ["b": isStrict ? ["type": "null"] : ["type": "object"]],
    ]
    #expect(StrictSchema.openAI.allows(schema) == isStrict)
  }

  @Test(arguments: [
    #"{"type":"array"}"#, "true", #"{"type":"object","additionalProperties":false,"anyOf":[]}"#,
    #"{"type":"object"}"#,
    #"{"type":"object","properties":{"a":{}},"additionalProperties":false}"#,
  ])
  func theRootIsAClosedObject(schema: String) throws {
    #expect(!StrictSchema.openAI.allows(try #require(JSONValue(parsing: schema))))
  }

  @Test func whatAnInterfaceDoesNotTakeIsRefused() {
    #expect(throws: ProviderError.self) { try body(["seed": 1], api: .responses) }
    #expect(throws: ProviderError.self) { try body(["stop": ["x"]], api: .responses) }
    #expect(throws: ProviderError.self) { try body(["openai": ["stremm": true]]) }
    let part = ChatMessage(role: .user, content: "", parts: [.unknown("smell")])
    #expect(throws: ProviderError.self) { try body(messages: [part]) }
    #expect(throws: ProviderError.self) { try body(api: .responses, messages: [part]) }
  }

  @Test func imagesOfResultsFollowTheLastOfThem() throws {
    let results = ["a", "b", "c"].map { id in
      ChatMessage(
        role: .tool, content: "text of \(id)",
        parts: id == "b"
          ? nil : [.text("text of \(id)"), .image(mimeType: "image/png", base64: "AA==")], toolCallId: id)
    }
    let last = ChatMessage(role: .user, content: "Well?")
    guard case .array(let sent)? = try body(messages: results + [last])["messages"] else {
      Issue.record("there are messages")
      return
    }
    #expect(sent.map { $0["role"] } == ["tool", "tool", "tool", "user", "user"])
    #expect(sent.prefix(3).map { $0["content"] } == ["text of a", "text of b", "text of c"])
    let image: JSONValue = ["type": "image_url", "image_url": ["url": "data:image/png;base64,AA=="]]
    #expect(
      sent[3]["content"] == [
        ["type": "text", "text": "Result of the call a:"], image,
        ["type": "text", "text": "Result of the call c:"], image,
      ])
    #expect(sent[4]["content"] == "Well?")
    // Also where nothing follows.
    guard case .array(let alone)? = try body(messages: [results[0]])["messages"] else { return }
    #expect(alone.count == 2)
    #expect(throws: Never.self) { try body(api: .responses, messages: [results[0]]) }
  }

  @Test func nothingIsKeptAndReasoningComesBack() throws {
    let sent = try body(model: "gpt-5", api: .responses)
    #expect(sent["store"] == false && sent["include"] == ["reasoning.encrypted_content"])
    let kept = try body(["openai": ["store": true]], model: "gpt-5", api: .responses)
    #expect(kept["store"] == true && kept["include"] == nil)
  }

  // MARK: Endpoints

  private func endpoints(_ json: String) throws -> Endpoints {
    try Endpoints(JSON.decode(Configuration.self, from: json))
  }

  @Test func withoutAWordItIsOpenAI() throws {
    let (endpoint, model) = try endpoints("{}").endpoint(of: "gpt-4.1")
    #expect(endpoint.url("chat/completions", model: model) == "https://api.openai.com/v1/chat/completions")
    #expect(
      endpoint.headers.map { "\($0.name): \($0.value)" } == ["authorization: Bearer ${secret:OPENAI_API_KEY}"]
    )
  }

  @Test func aModelsNameMayBeginWithItsEndpoints() throws {
    let made = try endpoints(
      #"""
      {"default":"openai","endpoints":{"openai":{},"local":{"preset":"ollama"},
       "azure":{"preset":"azure","base_url":"https://x.openai.azure.com/"},
       "old":{"preset":"azure","base_url":"https://x.openai.azure.com","api_version":"2024-10-21","secret":"API_KEY",
              "headers":{"x-b":"2","x-a":"1"}}}}
      """#)
    func url(_ name: String) -> String {
      let (endpoint, model) = made.endpoint(of: name)
      return endpoint.url("chat/completions", model: model)
    }
    #expect(url("local/llama3.2:1b") == "http://127.0.0.1:11434/v1/chat/completions")
    #expect(url("openai/gpt-4.1") == "https://api.openai.com/v1/chat/completions")
    #expect(made.endpoint(of: "meta/llama").model == "meta/llama")
    #expect(made.endpoint(of: "local/meta/llama").model == "meta/llama")
    #expect(url("azure/dep") == "https://x.openai.azure.com/openai/v1/chat/completions")
    #expect(
      url("old/a b/c")
        == "https://x.openai.azure.com/openai/deployments/a%20b%2Fc/chat/completions?api-version=2024-10-21")
    #expect(
      made.endpoint(of: "old/m").endpoint.headers.map { "\($0.name): \($0.value)" }
        == ["api-key: ${secret:API_KEY}", "x-a: 1", "x-b: 2"])
    #expect(made.endpoint(of: "local/m").endpoint.headers.isEmpty)
  }

  @Test(arguments: [
    #"{"endpoints":{"a":{"preset":"azure"}}}"#, #"{"endpoints":{"a":{"base_url":"ftp://x"}}}"#,
    #"{"endpoints":{"a":{"base_url":"https://x?y"}}}"#, #"{"endpoints":{"a":{"secret":"OTHER"}}}"#,
    #"{"endpoints":{"a":{"api_version":"1"}}}"#, #"{"endpoints":{"a":{},"b":{}}}"#, #"{"endpoints":{}}"#,
    #"{"endpoints":{"a":{}},"default":"b"}"#,
    #"{"endpoints":{"a":{"preset":"azure","base_url":"https://x","api_version":"1","api":"responses"}}}"#,
  ])
  func anOperatorsMistakeIsSaidWhenThePluginIsOpened(json: String) {
    #expect(throws: ConfigurationError.self) { try endpoints(json) }
  }

  // MARK: Vectors and models

  @Test func vectorsStandInTheOrderOfTheirTexts() throws {
    let request = EmbedRequest(model: "m", texts: ["a", "b"])
    let json = try #require(
      JSONValue(parsing: #"{"data":[{"index":1,"embedding":[2]},{"index":0,"embedding":[1]}]}"#))
    #expect(try OpenAIEmbeddings.answer(json, to: request).vectors == [[1], [2]])
    for wrong in [
      #"{"data":[{"index":0,"embedding":[1]}]}"#,
      #"{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}"#,
      #"{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[1,2]}]}"#,
      #"{"data":[{"index":0,"embedding":"AAAA"}]}"#,
    ] {
      #expect(throws: ProviderFailure.self) {
        try OpenAIEmbeddings.answer(try #require(JSONValue(parsing: wrong)), to: request)
      }
    }
  }

  @Test func listsOfModelsAreReadInBothForms() throws {
    let data = #"[{"id":"b","type":"embedding"},{"id":"a","context_length":8},{"no":"id"}]"#
    for text in [data, #"{"data":\#(data)}"#] {
      let models = try OpenAIModels.models(try #require(JSONValue(parsing: text)))
      #expect(models == [ChatModel(name: "a", contextTokens: 8), ChatModel(name: "b", kinds: [.embed])])
    }
    #expect(throws: ProviderFailure.self) { try OpenAIModels.models(["data": 1]) }
  }
}
