internal import JackfieldPluginSDK

/// A question as Chat Completions has it.
enum ChatCompletionsRequest {
  static func body(_ question: Question) throws(ProviderError) -> JSONValue {
    let (request, common, own) = (question.request, question.common, question.own)
    var body: [String: JSONValue] = [
      "model": .string(question.model), "messages": .array(try messages(request.messages)),
    ]
    body["temperature"] = common.temperature.map(JSONValue.number)
    body["top_p"] = common.topP.map(JSONValue.number)
    body["seed"] = common.seed.map(JSONValue.integer)
    body["stop"] = common.stop.map { .array($0.map(JSONValue.string)) }
    body[question.traits.maxTokensKey] = common.maxOutputTokens.map { .integer(Int64($0)) }
    body["service_tier"] = own.serviceTier.map(JSONValue.string)
    body["safety_identifier"] = own.safetyIdentifier.map(JSONValue.string)
    body["verbosity"] = (own.verbosity?.rawValue).map(JSONValue.string)
    body["store"] = own.store.map(JSONValue.bool)
    reasoning(question, &body)
    tools(question, &body)
    if let schema = request.outputSchema,
      !(question.preset.formsAnswersOnlyWithoutTools && !request.tools.isEmpty)
    {
      body["response_format"] = [
        "type": "json_schema",
        "json_schema": ["name": "answer", "schema": schema, "strict": .bool(question.isStrict(schema))],
      ]
    }
    if question.streams {
      body["stream"] = true
      body["stream_options"] = ["include_usage": true]
    }
    return .object(body)
  }

  private static func reasoning(_ question: Question, _ body: inout [String: JSONValue]) {
    guard let reasoning = question.common.reasoning else { return }
    let effort = (reasoning.effort?.rawValue).map(JSONValue.string)
    guard question.preset == .openrouter else {
      body["reasoning_effort"] = effort
      return
    }
    var members: [String: JSONValue] = [:]
    members["effort"] = effort
    members["max_tokens"] = reasoning.budgetTokens.map { .integer(Int64($0)) }
    members["exclude"] = reasoning.summary.map { .bool(!$0) }
    body["reasoning"] = .object(members)
  }

  private static func tools(_ question: Question, _ body: inout [String: JSONValue]) {
    let request = question.request
    guard !request.tools.isEmpty else { return }
    body["tools"] = .array(
      request.tools.map { tool in
        var function: [String: JSONValue] = [
          "name": .string(tool.name), "parameters": tool.inputSchema,
        ]
        function["description"] = tool.description.map(JSONValue.string)
        if question.isStrict(tool.inputSchema) { function["strict"] = true }
        return ["type": "function", "function": .object(function)]
      })
    body["tool_choice"] = .string(request.toolChoice.rawValue)
    body["parallel_tool_calls"] = question.common.parallelToolCalls.map(JSONValue.bool)
  }

  /// A tool's message is text alone here: the images of results follow in a message of the user, behind the last of the results,
  /// between which nothing may stand.
  private static func messages(_ all: [ChatMessage]) throws(ProviderError) -> [JSONValue] {
    var messages: [JSONValue] = []
    var images: [JSONValue] = []
    func show() {
      if !images.isEmpty { messages.append(["role": "user", "content": .array(images)]) }
      images = []
    }
    for message in all {
      if message.role != .tool { show() }
      messages.append(try self.message(message))
      guard message.role == .tool, let parts = message.parts else { continue }
      let shown = try content(of: parts).filter { $0["type"] != "text" }
      if shown.isEmpty { continue }
      images.append(["type": "text", "text": .string("Result of the call \(message.toolCallId ?? ""):")])
      images += shown
    }
    show()
    return messages
  }

  private static func message(_ message: ChatMessage) throws(ProviderError) -> JSONValue {
    switch message.role {
    case .system: return ["role": "system", "content": .string(message.content)]
    case .user: return ["role": "user", "content": try content(message)]
    case .tool:
      return [
        "role": "tool", "tool_call_id": .string(message.toolCallId ?? ""),
        "content": .string(message.content),
      ]
    case .assistant:
      var members: [String: JSONValue] = ["role": "assistant"]
      let calls = message.toolCalls ?? []
      if !message.content.isEmpty || calls.isEmpty { members["content"] = .string(message.content) }
      if !calls.isEmpty {
        members["tool_calls"] = .array(
          calls.map {
            [
              "id": .string($0.id), "type": "function",
              "function": ["name": .string($0.name), "arguments": .string($0.arguments)],
            ]
          })
      }
      return .object(members)
    }
  }

  private static func content(_ message: ChatMessage) throws(ProviderError) -> JSONValue {
    guard let parts = message.parts else { return .string(message.spokenContent) }
    return .array(try content(of: parts))
  }

  private static func content(of parts: [ChatPart]) throws(ProviderError) -> [JSONValue] {
    var content: [JSONValue] = []
    for part in parts {
      switch part {
      case .text(let text): content.append(["type": "text", "text": .string(text)])
      case .image(let mimeType, let base64):
        content.append(
          ["type": "image_url", "image_url": ["url": .string("data:\(mimeType);base64,\(base64)")]])
      case .imageAddress(let url):
        content.append(["type": "image_url", "image_url": ["url": .string(url)]])
      case .unknown(let type): throw .invalidRequest("a part of type \"\(type.prefix(64))\" is not known")
      }
    }
    return content
  }
}
