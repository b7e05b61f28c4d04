import JackfieldPluginSDK
import Testing

@testable import Gemini

@Suite struct ContentReaderTests {
  static func chunk(_ parts: String, more: String = "", beside: String = "") -> String {
    #"data: {"candidates":[{"content":{"role":"model","parts":["# + parts + #"]},"index":0"# + more
      + #"}],"modelVersion":"gemini-x","responseId":"r1""# + beside + "}\r\n\r\n"
  }
  static let usage =
    #","usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":4,"thoughtsTokenCount":3,"cachedContentTokenCount":8}"#
  /// A thought, text, two calls, of which the first is signed.
  static let whole =
    chunk(#"{"text":"Hm.","thought":true}"#) + chunk(#"{"text":"Let me "}"#) + chunk(#"{"text":"look."}"#)
    + chunk(
      #"{"functionCall":{"name":"one","args":{"x":1}},"thoughtSignature":"sig"},{"functionCall":{"id":"srv","name":"two"}}"#
    )
    + chunk(#"{"text":""}"#, more: #","finishReason":"STOP""#, beside: usage)
  static let answer = ChatAnswer(
    text: "Let me look.",
    toolCalls: [
      ChatToolCall(id: "gemini-call-0", name: "one", arguments: #"{"x":1}"#),
      ChatToolCall(id: "srv", name: "two", arguments: "{}"),
    ],
    usage: ChatUsage(inputTokens: 10, outputTokens: 7, cachedInputTokens: 8, reasoningTokens: 3),
    continuation: [["part": "text"], ["part": "call", "thoughtSignature": "sig"], ["part": "call"]],
    model: "gemini-x", id: "r1")

  private func read(
    _ bytes: some Collection<UInt8>
  ) -> (pieces: [AnswerPiece], outcome: Result<ChatAnswer, any Error>) {
    var pieces: [AnswerPiece] = []
    var reader = ContentReader()
    do {
      var events = EventStreamReader()
      for event in try events.events(in: bytes) { try reader.take(event) { pieces.append($0) } }
      return (pieces, .success(try reader.answer()))
    } catch { return (pieces, .failure(error)) }
  }
  private func kind(_ bytes: some Collection<UInt8>) -> ProviderFailure.Kind? {
    if case .failure(let error) = read(bytes).outcome { (error as? ProviderFailure)?.kind } else { nil }
  }

  @Test func partsArePutTogether() {
    let (pieces, outcome) = read(Self.whole.utf8)
    #expect((try? outcome.get()) == Self.answer)
    #expect(
      pieces == [
        .reasoning("Hm."), .text("Let me "), .text("look."),
        .toolCall(index: 0, id: "gemini-call-0", name: "one", arguments: #"{"x":1}"#),
        .toolCall(index: 1, id: "srv", name: "two", arguments: "{}"), .usage(Self.answer.usage),
      ])
  }

  @Test func aStreamThatIsCutAnywhereIsNoAnswer() {
    let bytes = Array(Self.whole.utf8)
    // The last line feed is part of an end of line that was there already.
    for end in 0..<(bytes.count - 1) { #expect(kind(bytes[..<end]) == .incomplete, "cut after \(end)") }
  }

  @Test(arguments: ["[]", "null", "\"error\"", "x"])
  func whatIsNoObjectIsNoAnswer(piece: String) { #expect(kind("data: \(piece)\n\n".utf8) == .badAnswer) }

  @Test(arguments: [
    ("STOP", ChatAnswer.FinishReason.stop), ("MAX_TOKENS", .length), ("SAFETY", .contentFilter),
    ("PROHIBITED_CONTENT", .contentFilter),
  ])
  func theEndSaysWhy(reason: String, finish: ChatAnswer.FinishReason) throws {
    let text = Self.chunk(#"{"text":"x"}"#, more: #","finishReason":"\#(reason)""#)
    #expect(try read(text.utf8).outcome.get().finishReason == finish)
  }

  @Test func whatIsWithheldHasNoCalls() throws {
    let text = Self.chunk(#"{"functionCall":{"name":"one","args":{}}}"#, more: #","finishReason":"SAFETY""#)
    #expect(try read(text.utf8).outcome.get().toolCalls == [])
  }

  @Test(arguments: [
    (chunk("", more: #","finishReason":"MALFORMED_FUNCTION_CALL""#), ProviderFailure.Kind.badAnswer),
    (#"data: {"promptFeedback":{"blockReason":"SAFETY"}}"# + "\n\n", .contentFilter),
    ("data: {\n\n", .badAnswer),
    (#"data: {"error":{"code":503,"status":"UNAVAILABLE","message":"m"}}"# + "\n\n", .overloaded),
    (chunk(#"{"functionCall":{"args":{}}}"#), .badAnswer),
  ])
  func whatIsWrongIsTold(text: String, kind: ProviderFailure.Kind) {
    #expect(self.kind(text.utf8) == kind)
  }

  @Test func aServersFaultSaysWhenToComeBack() throws {
    let body = try #require(
      JSONValue(
        parsing: #"""
          [{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"@type":"x"},{"retryDelay":"34.5s"}]}}]
          """#))
    let failure = Fault.failure(ServerFault(status: 429, body: body))
    #expect(failure.kind == .rateLimited && failure.retryAfter == .milliseconds(34_500))
    let key: JSONValue = [
      "error": ["message": "m", "status": "INVALID_ARGUMENT", "details": [["reason": "API_KEY_INVALID"]]]
    ]
    #expect(Fault.failure(ServerFault(status: 400, body: key)).kind == .credentials)
    let long: JSONValue = [
      "error": ["message": "The input token count (9) exceeds the maximum", "status": "INVALID_ARGUMENT"]
    ]
    #expect(Fault.failure(ServerFault(status: 400, body: long)).kind == .contextTooLong)
  }

  // MARK: Requests

  private func body(
    _ settings: [String: JSONValue] = [:], _ messages: [ChatMessage] = [], tools: [ChatTool] = [],
    outputSchema: JSONValue? = nil
  ) throws -> JSONValue {
    let request = ChatRequest(
      model: "gemini-x", messages: messages, tools: tools, settings: settings, outputSchema: outputSchema)
    let (common, own) = try request.settings(section: "gemini", as: GeminiSettings.self)
    return try GenerateContentRequest(request: request, common: common, own: own).body()
  }

  @Test func signaturesComeBackWithTheirPartsAndResultsWithTheirNames() throws {
    let answer = Self.answer
    let messages = [
      ChatMessage(role: .system, content: "S"), ChatMessage(role: .user, content: "go"),
      ChatMessage(
        role: .assistant, content: answer.text, toolCalls: answer.toolCalls, continuation: answer.continuation
      ),
      ChatMessage(role: .tool, content: #"{"v":1}"#, toolCallId: "gemini-call-0", name: "one"),
      ChatMessage(role: .tool, content: "no", toolCallId: "srv", name: "two", isError: true),
    ]
    let sent = try body([:], messages)
    #expect(sent["systemInstruction"] == ["parts": [["text": "S"]]])
    #expect(
      sent["contents"] == [
        ["role": "user", "parts": [["text": "go"]]],
        [
          "role": "model",
          "parts": [
            ["text": "Let me look."],
            ["functionCall": ["name": "one", "args": ["x": 1]], "thoughtSignature": "sig"],
            ["functionCall": ["id": "srv", "name": "two", "args": [:]]],
          ],
        ],
        [
          "role": "user",
          "parts": [
            ["functionResponse": ["name": "one", "response": ["output": ["v": 1]]]],
            ["functionResponse": ["id": "srv", "name": "two", "response": ["error": "no"]]],
          ],
        ],
      ])
  }

  @Test func settingsAreSaidInTheInterfacesWords() throws {
    let sent = try body([
      "temperature": 0.5, "max_output_tokens": 9, "stop": ["x"], "seed": 3, "gemini": ["top_k": 4],
      "reasoning": ["effort": "low", "summary": true],
    ])
    #expect(
      sent["generationConfig"] == [
        "temperature": 0.5, "maxOutputTokens": 9, "stopSequences": ["x"], "seed": 3, "topK": 4,
        "thinkingConfig": ["thinkingLevel": "low", "includeThoughts": true],
      ])
    #expect(
      try body(["reasoning": ["effort": "none"]])["generationConfig"]?["thinkingConfig"] == [
        "thinkingBudget": 0
      ])
    #expect(throws: ProviderError.self) { try body(["parallel_tool_calls": false]) }
    let tool = ChatTool(name: "t", inputSchema: ["type": "object"])
    #expect(try body(outputSchema: ["type": "object"])["generationConfig"]?["responseMimeType"] != nil)
    let offering = try body(tools: [tool], outputSchema: ["type": "object"])
    #expect(offering["generationConfig"] == nil)
    #expect(
      offering["tools"] == [
        ["functionDeclarations": [["name": "t", "parametersJsonSchema": ["type": "object"]]]]
      ])
  }

  @Test(arguments: ["", "a b", "../x", "a//b", "/a", "a?b", "a:b"])
  func aNameThatWouldLeadElsewhereIsNone(model: String) {
    #expect(throws: ProviderError.self) { try Endpoint.resource(model) }
  }

  @Test func vectorsAreOneForEachText() throws {
    let request = EmbedRequest(model: "m", texts: ["a"], dimensions: 2, purpose: .query)
    #expect(
      try GeminiEmbeddings.body(["a"], request)["requests"] == [
        [
          "model": "models/m", "content": ["parts": [["text": "a"]]], "outputDimensionality": 2,
          "taskType": "RETRIEVAL_QUERY",
        ]
      ])
    #expect(try GeminiEmbeddings.vectors(["embeddings": [["values": [1, 0.5]]]], count: 1) == [[1, 0.5]])
    #expect(throws: ProviderFailure.self) { try GeminiEmbeddings.vectors(["embeddings": []], count: 1) }
  }
}
