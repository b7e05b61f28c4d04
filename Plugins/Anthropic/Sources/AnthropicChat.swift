internal import JackfieldPluginSDK

/// One turn of a conversation.
struct AnthropicChat: ChatProvider {
  static let description = "Answers with a model of Anthropic's."
  static let limits = LimitHints(timeoutMilliseconds: 600_000, maxResultBytes: 16 << 20)

  let endpoint: Endpoint

  func respond(to request: ChatRequest, stream: ChatStream) throws -> ChatAnswer {
    let (common, own) = try request.settings(section: "anthropic", as: AnthropicSettings.self)
    let body = try MessagesRequest(
      request: request, common: common, own: own, maxOutputTokens: endpoint.maxOutputTokens,
      takesSampling: endpoint.takesSampling
    ).body()
    let server = try ModelServer(stream.context, timeouts: request.timeouts, faultKind: Fault.kind)
    let answer = try server.ask(
      endpoint.url("messages"), headers: endpoint.headers, body: body.json,
      accept: "text/event-stream, application/json")
    var reader = MessageReader()
    if answer.isEventStream {
      try answer.events { try reader.take($0) { try stream.show($0) } }
    } else {
      try reader.take(whole: try answer.json()) { try stream.show($0) }
    }
    return try reader.answer()
  }
}

/// The section `anthropic` of an agent's settings.
struct AnthropicSettings: Decodable, Sendable {
  enum Thinking: String, Decodable, Sendable, CaseIterable { case adaptive, disabled }

  /// Whether the answer is asked for in pieces; else it comes whole.
  var stream: Bool?
  /// Whether the server keeps the beginning of the conversation for the next request.
  var cache: Bool?
  /// Without a budget: the model decides, or there is none.
  var thinking: Thinking?
  var topK: Int?
  var userID: String?
  var serviceTier: String?
  /// Whether schemas that allow it are held to strictly.
  var strict: Bool?

  enum CodingKeys: String, CodingKey {
    case stream, cache, thinking, strict
    case topK = "top_k"
    case userID = "user_id"
    case serviceTier = "service_tier"
  }

  init() {}
}

/// What the server calls its faults.
enum Fault {
  static func kind(_ fault: ServerFault) -> ProviderFailure.Kind? {
    let words = fault.message.lowercased()
    if words.contains("prompt is too long") || words.contains("context window")
      || words.contains("context limit")
    {
      return .contextTooLong
    }
    if words.contains("credit balance") { return .quotaExhausted }
    for name in fault.names {
      if let kind = kinds[name] { return kind }
    }
    return fault.status == 0 ? .serverError : nil
  }

  private static let kinds: [String: ProviderFailure.Kind] = [
    "authentication_error": .credentials, "permission_error": .forbidden, "billing_error": .quotaExhausted,
    "not_found_error": .modelNotFound, "rate_limit_error": .rateLimited, "overloaded_error": .overloaded,
    "api_error": .serverError, "timeout_error": .serverError, "request_too_large": .invalidRequest,
    "invalid_request_error": .invalidRequest,
  ]

  static func failure(_ fault: ServerFault) -> ProviderFailure { fault.failure(kind(fault)) }
}

/// What the server says of its models.
enum AnthropicModels {
  static func list(_ endpoint: Endpoint, _ context: CallContext) throws -> [ChatModel] {
    let server = try ModelServer(context, faultKind: Fault.kind)
    let json = try server.ask(
      endpoint.url("models?limit=1000"), headers: endpoint.headers, accept: "application/json"
    ).json()
    guard case .array(let models)? = json["data"] else {
      throw ProviderFailure.badAnswer("no list of models")
    }
    return models.compactMap { model in
      model["id"].optionalText.map {
        ChatModel(
          name: $0, description: model["display_name"].optionalText, kinds: [.chat],
          contextTokens: model["max_input_tokens"].count, maxOutputTokens: model["max_tokens"].count)
      }
    }
  }
}
