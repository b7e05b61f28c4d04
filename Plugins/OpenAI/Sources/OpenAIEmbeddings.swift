internal import JackfieldPluginSDK

/// Texts into vectors.
struct OpenAIEmbeddings: EmbedProvider {
  static let limits = LimitHints(timeoutMilliseconds: 120_000, maxResultBytes: 16 << 20)

  let endpoints: Endpoints

  private struct Answer: Decodable {
    var data: [Vector]
    var usage: ChatCompletion.Usage?
    var model: String?

    struct Vector: Decodable {
      var index: Int
      var embedding: [Double]
    }
  }

  func embed(_ request: EmbedRequest, context: CallContext) throws -> EmbedAnswer {
    let (endpoint, model) = endpoints.endpoint(of: request.model)
    let server = try ModelServer(context, faultKind: Fault.kind)
    var body: [String: JSONValue] = [
      "model": .string(model), "input": .array(request.texts.map(JSONValue.string)),
      "encoding_format": "float",
    ]
    body["dimensions"] = request.dimensions.map { .integer(Int64($0)) }
    let json = try server.ask(
      endpoint.url("embeddings", model: model), headers: endpoint.headers, body: JSONValue.object(body).json,
      accept: "application/json"
    ).json()
    return try Self.answer(json, to: request)
  }

  static func answer(_ json: JSONValue, to request: EmbedRequest) throws -> EmbedAnswer {
    let answer: Answer
    do { answer = try JSON.decode(Answer.self, from: json.json) } catch {
      throw ProviderFailure.badAnswer("the vectors are not what they should be: \(error)")
    }
    let vectors = answer.data.sorted { $0.index < $1.index }
    guard vectors.map(\.index) == Array(request.texts.indices),
      Set(vectors.map(\.embedding.count)).count <= 1
    else { throw ProviderFailure.badAnswer("not one vector of one length for each text") }
    return EmbedAnswer(
      vectors: vectors.map(\.embedding), usage: answer.usage?.normalised ?? ChatUsage(), model: answer.model)
  }
}
