internal import JackfieldPluginSDK

/// A question as the Messages interface has it.
struct MessagesRequest {
  let request: ChatRequest
  let common: ChatSettings
  let own: AnthropicSettings
  let maxOutputTokens: Int
  /// Whether the interface's version has temperature, top_p and top_k.
  let takesSampling: Bool

  func body() throws(ProviderError) -> JSONValue {
    guard common.seed == nil else { throw .invalidRequest("the messages interface takes no seed") }
    guard takesSampling || (common.temperature == nil && common.topP == nil && own.topK == nil) else {
      throw .invalidRequest(
        "the messages interface takes neither temperature, top_p nor top_k, but in its version 2023-06-01")
    }
    if let temperature = common.temperature, temperature > 1 {
      throw .invalidRequest("the messages interface takes a temperature of 0 to 1")
    }
    var body: [String: JSONValue] = [
      "model": .string(request.model),
      "messages": .array(try MessagesConversation.messages(request.messages)),
      "max_tokens": .integer(Int64(common.maxOutputTokens ?? maxOutputTokens)),
    ]
    let system = request.messages.filter { $0.role == .system && !$0.content.isEmpty }.map(\.content)
    if !system.isEmpty { body["system"] = .string(system.joined(separator: "\n\n")) }
    body["temperature"] = common.temperature.map(JSONValue.number)
    body["top_p"] = common.topP.map(JSONValue.number)
    body["top_k"] = own.topK.map { .integer(Int64($0)) }
    body["stop_sequences"] = common.stop.map { .array($0.map(JSONValue.string)) }
    body["metadata"] = own.userID.map { ["user_id": .string($0)] }
    body["service_tier"] = own.serviceTier.map(JSONValue.string)
    if own.cache == true { body["cache_control"] = ["type": "ephemeral"] }
    body["thinking"] = try thinking()
    let output = try outputConfig()
    if !output.isEmpty { body["output_config"] = .object(output) }
    tools(&body)
    if own.stream ?? true { body["stream"] = true }
    return .object(body)
  }

  private func thinking() throws(ProviderError) -> JSONValue? {
    if let budget = common.reasoning?.budgetTokens {
      guard budget >= 1024, budget < common.maxOutputTokens ?? maxOutputTokens else {
        throw .invalidRequest("reasoning.budget_tokens: at least 1024, and less than max_output_tokens")
      }
      return ["type": "enabled", "budget_tokens": .integer(Int64(budget))]
    }
    if common.reasoning?.effort == ChatSettings.Reasoning.Effort.none { return ["type": "disabled"] }
    return own.thinking.map { ["type": .string($0.rawValue)] }
  }

  private func outputConfig() throws(ProviderError) -> [String: JSONValue] {
    var output: [String: JSONValue] = [:]
    switch common.reasoning?.effort {
    case .low?, .medium?, .high?:
      output["effort"] = (common.reasoning?.effort?.rawValue).map(JSONValue.string)
    case .minimal?: throw .invalidRequest("reasoning.effort: none, low, medium or high")
    case ChatSettings.Reasoning.Effort.none?, nil: break
    }
    if let schema = request.outputSchema, own.strict ?? true, StrictSchema.anthropic.allows(schema) {
      output["format"] = ["type": "json_schema", "schema": schema]
    }
    return output
  }

  private func tools(_ body: inout [String: JSONValue]) {
    guard !request.tools.isEmpty else { return }
    body["tools"] = .array(
      request.tools.map { tool in
        var members: [String: JSONValue] = ["name": .string(tool.name), "input_schema": tool.inputSchema]
        members["description"] = tool.description.map(JSONValue.string)
        if own.strict ?? true, StrictSchema.anthropic.allows(tool.inputSchema) { members["strict"] = true }
        return .object(members)
      })
    var choice: [String: JSONValue]
    switch request.toolChoice {
    case .auto: choice = ["type": "auto"]
    case .none: choice = ["type": "none"]
    case .required: choice = ["type": "any"]
    }
    if request.toolChoice != .none, let parallel = common.parallelToolCalls {
      choice["disable_parallel_tool_use"] = .bool(!parallel)
    }
    body["tool_choice"] = .object(choice)
  }
}

/// The conversation, without what the system says.
enum MessagesConversation {
  static func messages(_ messages: [ChatMessage]) throws(ProviderError) -> [JSONValue] {
    var made: [JSONValue] = []
    // The results of one turn stand in one message.
    var results: [JSONValue] = []
    func settle() {
      if !results.isEmpty { made.append(["role": "user", "content": .array(results)]) }
      results = []
    }
    for message in messages {
      switch message.role {
      case .system: continue
      case .tool:
        var result: [String: JSONValue] = [
          "type": "tool_result", "tool_use_id": .string(callID(message.toolCallId ?? "")),
          "content": try content(message),
        ]
        if message.isError == true { result["is_error"] = true }
        results.append(.object(result))
      case .user:
        settle()
        made.append(["role": "user", "content": try content(message)])
      case .assistant:
        settle()
        let blocks = MessageOrder(message.continuation).blocks(of: message)
        // The interface takes no message without content.
        if !blocks.isEmpty { made.append(["role": "assistant", "content": .array(blocks)]) }
      }
    }
    settle()
    return made
  }

  /// An id may have been given by another provider; here only some characters may stand in one.
  static func callID(_ id: String) -> String {
    String(
      String.UnicodeScalarView(
        id.unicodeScalars.map { scalar in
          let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
          return isPlain || scalar == "_" || scalar == "-" ? scalar : "_"
        }))
  }

  private static func content(_ message: ChatMessage) throws(ProviderError) -> JSONValue {
    guard let parts = message.parts else { return .string(message.spokenContent) }
    var content: [JSONValue] = []
    for part in parts {
      switch part {
      case .text(let text): content.append(["type": "text", "text": .string(text)])
      case .image(let mimeType, let base64):
        content.append(
          [
            "type": "image",
            "source": ["type": "base64", "media_type": .string(mimeType), "data": .string(base64)],
          ])
      case .imageAddress(let url):
        content.append(["type": "image", "source": ["type": "url", "url": .string(url)]])
      case .unknown(let type): throw .invalidRequest("a part of type \"\(type.prefix(64))\" is not known")
      }
    }
    return .array(content)
  }
}
