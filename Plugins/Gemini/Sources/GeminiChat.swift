internal import JackfieldPluginSDK

/// One turn of a conversation.
struct GeminiChat: ChatProvider {
  static let description = "Answers with a model of Google's."
  static let limits = LimitHints(timeoutMilliseconds: 600_000, maxResultBytes: 16 << 20)

  let endpoint: Endpoint

  func respond(to request: ChatRequest, stream: ChatStream) throws -> ChatAnswer {
    let (common, own) = try request.settings(section: "gemini", as: GeminiSettings.self)
    let body = try GenerateContentRequest(request: request, common: common, own: own).body()
    let server = try ModelServer(stream.context, timeouts: request.timeouts, faultKind: Fault.kind)
    let streams = own.stream ?? true
    let answer = try server.ask(
      endpoint.url(of: request.model, streams ? "streamGenerateContent?alt=sse" : "generateContent"),
      headers: endpoint.headers, body: body.json, accept: streams ? "text/event-stream" : "application/json")
    var reader = ContentReader()
    if answer.isEventStream {
      try answer.events { event in
        try reader.take(event) { try stream.show($0) }
        return .goOn
      }
    } else {
      try reader.take(try answer.json()) { try stream.show($0) }
    }
    return try reader.answer()
  }
}

/// The section `gemini` of an agent's settings.
struct GeminiSettings: Decodable, Sendable {
  /// Whether the answer is asked for in pieces; else it comes whole.
  var stream: Bool?
  var topK: Int?

  enum CodingKeys: String, CodingKey {
    case stream
    case topK = "top_k"
  }

  init() {}
}
