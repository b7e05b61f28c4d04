internal import JackfieldPluginSDK

/// One turn of a conversation.
struct OpenAIChat: ChatProvider {
  static let description = "Answers with a model of OpenAI's, or of a server that speaks as OpenAI's does."
  static let limits = LimitHints(timeoutMilliseconds: 600_000, maxResultBytes: 16 << 20)

  let endpoints: Endpoints

  func respond(to request: ChatRequest, stream: ChatStream) throws -> ChatAnswer {
    let (endpoint, model) = endpoints.endpoint(of: request.model)
    let question = try Question(request, model: model, preset: endpoint.preset)
    let server = try ModelServer(stream.context, timeouts: request.timeouts, faultKind: Fault.kind)
    switch question.own.api ?? endpoint.api {
    case .chatCompletions:
      var reader = ChatCompletionReader()
      let path = endpoint.url("chat/completions", model: model)
      let answer = try ask(
        server, endpoint, path, try ChatCompletionsRequest.body(question), streams: question.streams)
      if answer.isEventStream {
        try answer.events { try reader.take($0) { try stream.show($0) } }
      } else {
        try reader.take(try answer.json()) { try stream.show($0) }
      }
      return try reader.answer()
    case .responses:
      var reader = ResponseReader()
      let answer = try ask(
        server, endpoint, endpoint.url("responses"), try ResponsesRequest.body(question),
        streams: question.streams)
      if answer.isEventStream {
        try answer.events { try reader.take($0) { try stream.show($0) } }
      } else {
        try reader.take(try answer.json()) { try stream.show($0) }
      }
      return try reader.whole()
    }
  }

  private func ask(
    _ server: ModelServer, _ endpoint: Endpoint, _ url: String, _ body: JSONValue, streams: Bool
  ) throws -> ServerAnswer {
    try server.ask(
      url, headers: endpoint.headers, body: body.json,
      accept: streams ? "text/event-stream, application/json" : "application/json")
  }
}
