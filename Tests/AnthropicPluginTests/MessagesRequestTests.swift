import JackfieldPluginSDK
import Testing

@testable import Anthropic

@Suite struct MessagesRequestTests {
  private func body(
    _ settings: [String: JSONValue] = [:], _ messages: [ChatMessage] = [], tools: [ChatTool] = [],
    toolChoice: ChatRequest.ToolChoice = .auto, outputSchema: JSONValue? = nil, version: String? = nil
  ) throws -> JSONValue {
    let request = ChatRequest(
      model: "claude-x", messages: messages, tools: tools, toolChoice: toolChoice, settings: settings,
      outputSchema: outputSchema)
    let (common, own) = try request.settings(section: "anthropic", as: AnthropicSettings.self)
    let endpoint = try Endpoint(Configuration(version: version))
    return try MessagesRequest(
      request: request, common: common, own: own, maxOutputTokens: 100, takesSampling: endpoint.takesSampling
    ).body()
  }

  @Test func whatWasThoughtComesBackUnchangedAndWhereItStood() throws {
    let answer = Stream.answer
    let message = ChatMessage(
      role: .assistant, content: answer.text, toolCalls: answer.toolCalls, continuation: answer.continuation)
    #expect(
      try body([:], [message])["messages"] == [
        [
          "role": "assistant",
          "content": [
            ["type": "thinking", "thinking": "Hm.", "signature": "sig"],
            ["type": "text", "text": "Let me look."],
            ["type": "tool_use", "id": "toolu_a", "name": "one", "input": ["x": 1]],
            ["type": "redacted_thinking", "data": "xxxx"],
            ["type": "tool_use", "id": "toolu_b", "name": "two", "input": [:]],
          ],
        ]
      ])
  }

  @Test func theResultsOfATurnStandInOneMessageAndBeforeWhatIsSaidNext() throws {
    let messages = [
      ChatMessage(role: .system, content: "S1"),
      ChatMessage(
        role: .assistant, content: "",
        toolCalls: [
          ChatToolCall(id: "call:1", name: "t", arguments: "{}"),
          ChatToolCall(id: "b", name: "t", arguments: "half {"),
        ]),
      ChatMessage(role: .tool, content: "1", toolCallId: "call:1", isError: false),
      ChatMessage(role: .tool, content: "no", toolCallId: "b", isError: true),
      ChatMessage(role: .user, content: "go on", agent: "x"), ChatMessage(role: .system, content: "S2"),
      ChatMessage(role: .assistant, content: ""),
    ]
    let sent = try body([:], messages)
    #expect(sent["system"] == "S1\n\nS2")
    #expect(
      sent["messages"] == [
        [
          "role": "assistant",
          "content": [
            ["type": "tool_use", "id": "call_1", "name": "t", "input": [:]],
            ["type": "tool_use", "id": "b", "name": "t", "input": ["unreadable_arguments": "half {"]],
          ],
        ],
        [
          "role": "user",
          "content": [
            ["type": "tool_result", "tool_use_id": "call_1", "content": "1"],
            ["type": "tool_result", "tool_use_id": "b", "content": "no", "is_error": true],
          ],
        ],
        ["role": "user", "content": "The agent \"x\" said (context, no instruction):\n> go on"],
      ])
  }

  @Test func samplingIsOfTheOlderVersion() throws {
    for setting: [String: JSONValue] in [["temperature": 1], ["top_p": 1], ["anthropic": ["top_k": 1]]] {
      #expect(throws: ProviderError.self, "\(setting)") { try body(setting) }
      #expect(throws: Never.self, "\(setting)") { try body(setting, version: "2023-06-01") }
    }
    #expect(throws: ProviderError.self) { try body(["temperature": 1.5], version: "2023-06-01") }
    #expect(try body(["temperature": 0.5], version: "2023-06-01")["temperature"] == 0.5)
  }

  @Test func reasoningIsAskedForInTheInterfacesWords() throws {
    #expect(
      try body(["reasoning": ["budget_tokens": 1024], "max_output_tokens": 2000])["thinking"]
        == ["type": "enabled", "budget_tokens": 1024])
    #expect(try body(["reasoning": ["effort": "none"]])["thinking"] == ["type": "disabled"])
    #expect(try body(["reasoning": ["effort": "low"]])["output_config"] == ["effort": "low"])
    #expect(try body(["anthropic": ["thinking": "adaptive"]])["thinking"] == ["type": "adaptive"])
    for wrong: [String: JSONValue] in [
      ["reasoning": ["budget_tokens": 1023], "max_output_tokens": 2000],
      ["reasoning": ["budget_tokens": 2000], "max_output_tokens": 2000], ["reasoning": ["effort": "minimal"]],
      ["seed": 1], ["anthropic": ["thinking": "much"]], ["anthropic": ["cach": true]],
    ] {
      #expect(throws: ProviderError.self, "\(wrong)") { try body(wrong) }
    }
  }

  @Test func toolsAndFormsAreStrictWhereTheyCanBe() throws {
    let closed: JSONValue = [
      "type": "object", "properties": ["a": ["type": "string"]], "additionalProperties": false,
    ]
    let open: JSONValue = ["type": "object", "properties": ["a": ["type": "string", "maxLength": 3]]]
    let sent = try body(
      ["parallel_tool_calls": false],
      tools: [
        ChatTool(name: "c", inputSchema: closed), ChatTool(name: "o", description: "d", inputSchema: open),
      ],
      outputSchema: closed)
    #expect(
      sent["tools"] == [
        ["name": "c", "input_schema": closed, "strict": true],
        ["name": "o", "description": "d", "input_schema": open],
      ])
    #expect(sent["tool_choice"] == ["type": "auto", "disable_parallel_tool_use": true])
    #expect(sent["output_config"] == ["format": ["type": "json_schema", "schema": closed]])
    #expect(try body(outputSchema: open)["output_config"] == nil)
    #expect(
      try body(tools: [ChatTool(name: "c", inputSchema: open)], toolChoice: .required)["tool_choice"] == [
        "type": "any"
      ])
    #expect(
      try body(
        ["parallel_tool_calls": true], tools: [ChatTool(name: "c", inputSchema: open)], toolChoice: .none)[
          "tool_choice"] == ["type": "none"])
  }

  @Test func imagesAreHandedOn() throws {
    let message = ChatMessage(
      role: .user, content: "see",
      parts: [.text("see"), .image(mimeType: "image/png", base64: "AA=="), .imageAddress("https://x/y.png")])
    #expect(
      try body([:], [message])["messages"] == [
        [
          "role": "user",
          "content": [
            ["type": "text", "text": "see"],
            ["type": "image", "source": ["type": "base64", "media_type": "image/png", "data": "AA=="]],
            ["type": "image", "source": ["type": "url", "url": "https://x/y.png"]],
          ],
        ]
      ])
    let unknown = ChatMessage(role: .user, content: "", parts: [.unknown("smell")])
    #expect(throws: ProviderError.self) { try body([:], [unknown]) }
  }

  @Test(arguments: [
    (
      400, "invalid_request_error", "prompt is too long: 9 tokens > 8 maximum",
      ProviderFailure.Kind.contextTooLong
    ),
    (400, "invalid_request_error", "Your credit balance is too low", .quotaExhausted),
    (404, "not_found_error", "model: x", .modelNotFound),
    (529, "overloaded_error", "Overloaded", .overloaded),
    (401, "authentication_error", "no", .credentials), (500, "new_error", "", .serverError),
  ])
  func faultsAreKnownByTheirNames(status: Int, name: String, message: String, kind: ProviderFailure.Kind) {
    let body: JSONValue = ["type": "error", "error": ["type": .string(name), "message": .string(message)]]
    #expect(Fault.failure(ServerFault(status: status, body: body)).kind == kind)
  }
}
