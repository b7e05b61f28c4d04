internal import JackfieldPluginSDK

/// Texts into vectors.
struct GeminiEmbeddings: EmbedProvider {
  static let limits = LimitHints(timeoutMilliseconds: 120_000, maxResultBytes: 16 << 20)
  /// As many as the interface takes at once.
  private static let batch = 100

  let endpoint: Endpoint

  func embed(_ request: EmbedRequest, context: CallContext) throws -> EmbedAnswer {
    let server = try ModelServer(context, faultKind: Fault.kind)
    let url = try endpoint.url(of: request.model, "batchEmbedContents")
    var vectors: [[Double]] = []
    while vectors.count < request.texts.count {
      let texts = request.texts[vectors.count...].prefix(Self.batch)
      let json = try server.ask(
        url, headers: endpoint.headers, body: try Self.body(texts, request).json, accept: "application/json"
      ).json()
      vectors += try Self.vectors(json, count: texts.count)
    }
    return EmbedAnswer(vectors: vectors)
  }

  static func body(_ texts: ArraySlice<String>, _ request: EmbedRequest) throws -> JSONValue {
    let model = try Endpoint.resource(request.model)
    return [
      "requests": .array(
        texts.map { text in
          var members: [String: JSONValue] = [
            "model": .string(model), "content": ["parts": [["text": .string(text)]]],
          ]
          members["outputDimensionality"] = request.dimensions.map { .integer(Int64($0)) }
          members["taskType"] = request.purpose.map {
            $0 == .query ? "RETRIEVAL_QUERY" : "RETRIEVAL_DOCUMENT"
          }
          return .object(members)
        })
    ]
  }

  static func vectors(_ json: JSONValue, count: Int) throws -> [[Double]] {
    struct Answer: Decodable {
      var embeddings: [Vector]
      struct Vector: Decodable { var values: [Double] }
    }
    guard let answer = try? JSON.decode(Answer.self, from: json.json), answer.embeddings.count == count else {
      throw ProviderFailure.badAnswer("not one vector for each text")
    }
    return answer.embeddings.map(\.values)
  }
}

/// What the server says of its models.
enum GeminiModels {
  static func list(_ endpoint: Endpoint, _ context: CallContext) throws -> [ChatModel] {
    let server = try ModelServer(context, faultKind: Fault.kind)
    let json = try server.ask(
      endpoint.models + "?pageSize=1000", headers: endpoint.headers, accept: "application/json"
    ).json()
    guard case .array(let models)? = json["models"] else {
      throw ProviderFailure.badAnswer("no list of models")
    }
    return models.compactMap { model in
      guard let name = model["name"].optionalText else { return nil }
      let methods = model["supportedGenerationMethods"].elements
      return ChatModel(
        name: name.hasPrefix("models/") ? String(name.dropFirst(7)) : name,
        description: model["displayName"].optionalText,
        kinds: (methods.contains("generateContent") ? [.chat] : [])
          + (methods.contains("embedContent") ? [.embed] : []),
        contextTokens: model["inputTokenLimit"].count, maxOutputTokens: model["outputTokenLimit"].count)
    }
  }
}
