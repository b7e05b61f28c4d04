internal import JackfieldPluginSDK

/// What servers say of their models.
enum OpenAIModels {
  /// Those of the default endpoint under their names, those of others behind the endpoint's.
  static func list(_ endpoints: Endpoints, _ context: CallContext) throws -> [ChatModel] {
    let server = try ModelServer(context, faultKind: Fault.kind)
    var models: [ChatModel] = []
    for (name, endpoint) in endpoints.named.sorted(by: { $0.key < $1.key }) {
      let json = try server.ask(endpoint.url("models"), headers: endpoint.headers, accept: "application/json")
        .json()
      models += try Self.models(json).map { model in
        var model = model
        if name != endpoints.default { model.name = "\(name)/\(model.name)" }
        return model
      }
    }
    return models
  }

  /// - Parameter json: `{"data": […]}`, or the list alone.
  static func models(_ json: JSONValue) throws -> [ChatModel] {
    let listed: [JSONValue]
    switch (json["data"], json) {
    case (.array(let data)?, _): listed = data
    case (nil, .array(let data)): listed = data
    default: throw ProviderFailure.badAnswer("the list of models is none")
    }
    return listed.compactMap { model in
      guard let name = model["id"].optionalText else { return nil }
      let kind = model["type"].text
      return ChatModel(
        name: name, kinds: kind == "embedding" ? [.embed] : kind == "chat" ? [.chat] : nil,
        contextTokens: model["context_length"].count ?? model["max_model_len"].count)
    }.sorted { $0.name < $1.name }
  }
}
