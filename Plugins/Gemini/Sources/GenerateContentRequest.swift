internal import JackfieldPluginSDK

/// A question as the Gemini interface has it.
struct GenerateContentRequest {
  let request: ChatRequest
  let common: ChatSettings
  let own: GeminiSettings

  func body() throws(ProviderError) -> JSONValue {
    if common.parallelToolCalls == false {
      throw .invalidRequest("the gemini interface cannot be held to one tool call at a time")
    }
    var body: [String: JSONValue] = ["contents": .array(try contents())]
    let system = request.messages.filter { $0.role == .system && !$0.content.isEmpty }.map(\.content)
    if !system.isEmpty {
      body["systemInstruction"] = ["parts": [["text": .string(system.joined(separator: "\n\n"))]]]
    }
    let generation = generationConfig()
    if !generation.isEmpty { body["generationConfig"] = .object(generation) }
    if !request.tools.isEmpty {
      body["tools"] = [["functionDeclarations": .array(request.tools.map(declaration))]]
      let mode: JSONValue =
        switch request.toolChoice {
        case .auto: "AUTO"
        case .none: "NONE"
        case .required: "ANY"
        }
      body["toolConfig"] = ["functionCallingConfig": ["mode": mode]]
    }
    return .object(body)
  }

  private func declaration(_ tool: ChatTool) -> JSONValue {
    var members: [String: JSONValue] = [
      "name": .string(tool.name), "parametersJsonSchema": tool.inputSchema,
    ]
    members["description"] = tool.description.map(JSONValue.string)
    return .object(members)
  }

  private func generationConfig() -> [String: JSONValue] {
    var config: [String: JSONValue] = [:]
    config["temperature"] = common.temperature.map(JSONValue.number)
    config["topP"] = common.topP.map(JSONValue.number)
    config["topK"] = own.topK.map { .integer(Int64($0)) }
    config["maxOutputTokens"] = common.maxOutputTokens.map { .integer(Int64($0)) }
    config["stopSequences"] = common.stop.map { .array($0.map(JSONValue.string)) }
    config["seed"] = common.seed.map(JSONValue.integer)
    if let reasoning = common.reasoning {
      var thinking: [String: JSONValue] = [:]
      thinking["thinkingBudget"] = reasoning.budgetTokens.map { .integer(Int64($0)) }
      switch reasoning.effort {
      case ChatSettings.Reasoning.Effort.none?: thinking["thinkingBudget"] = 0
      case let effort?: thinking["thinkingLevel"] = .string(effort.rawValue)
      case nil: break
      }
      thinking["includeThoughts"] = reasoning.summary.map(JSONValue.bool)
      config["thinkingConfig"] = .object(thinking)
    }
    // Most models take a form and tools only apart; the host checks the answer's form in any case.
    if let schema = request.outputSchema, request.tools.isEmpty {
      config["responseMimeType"] = "application/json"
      config["responseJsonSchema"] = schema
    }
    return config
  }

  // MARK: The conversation

  private func contents() throws(ProviderError) -> [JSONValue] {
    var contents: [JSONValue] = []
    // The results of one turn stand in one message.
    var results: [JSONValue] = []
    func settle() {
      if !results.isEmpty { contents.append(["role": "user", "parts": .array(results)]) }
      results = []
    }
    for message in request.messages {
      switch message.role {
      case .system: continue
      case .tool: results.append(try response(message))
      case .user:
        settle()
        contents.append(["role": "user", "parts": .array(try parts(message))])
      case .assistant:
        settle()
        let parts = PartOrder(message.continuation).parts(of: message)
        if !parts.isEmpty { contents.append(["role": "model", "parts": .array(parts)]) }
      }
    }
    settle()
    return contents
  }

  private func response(_ message: ChatMessage) throws(ProviderError) -> JSONValue {
    guard message.parts == nil else { throw .invalidRequest("a tool's result with images is not handed on") }
    let said = JSONValue(parsing: message.content) ?? .string(message.content)
    var response: [String: JSONValue] = [
      "name": .string(message.name ?? ""), "response": [message.isError == true ? "error" : "output": said],
    ]
    // Those that the plugin made up mean nothing to the server.
    if let id = message.toolCallId, !id.hasPrefix(ContentReader.ownID) { response["id"] = .string(id) }
    return ["functionResponse": .object(response)]
  }

  private func parts(_ message: ChatMessage) throws(ProviderError) -> [JSONValue] {
    guard let parts = message.parts else { return [["text": .string(message.spokenContent)]] }
    var made: [JSONValue] = []
    for part in parts {
      switch part {
      case .text(let text): made.append(["text": .string(text)])
      case .image(let mimeType, let base64):
        made.append(["inlineData": ["mimeType": .string(mimeType), "data": .string(base64)]])
      case .imageAddress: throw .invalidRequest("an image by its address is not handed on; give its bytes")
      case .unknown(let type): throw .invalidRequest("a part of type \"\(type.prefix(64))\" is not known")
      }
    }
    return made
  }
}

/// In which order an answer's text and calls stood, and the signatures of the thoughts behind them: its `continuation`. Each
/// goes back with the part that it came with.
struct PartOrder: Sendable {
  private var places: [JSONValue] = []

  init() {}

  init(_ continuation: JSONValue?) { places = continuation.elements }

  /// Nil where there is nothing that the message itself does not say.
  var continuation: JSONValue? {
    places.contains { $0["thoughtSignature"] != nil } ? .array(places) : nil
  }

  /// - Parameter kind: "text" or "call".
  mutating func add(_ kind: String, signature: String?) {
    if kind == "text", signature == nil, places.contains(where: { $0["part"] == "text" }) { return }
    var place: [String: JSONValue] = ["part": .string(kind)]
    place["thoughtSignature"] = signature.map(JSONValue.string)
    places.append(.object(place))
  }

  func parts(of message: ChatMessage) -> [JSONValue] {
    var parts: [JSONValue] = []
    var text: String? = message.content.isEmpty ? nil : message.content
    var calls = (message.toolCalls ?? [])[...]
    for place in places {
      var part: [String: JSONValue]?
      if place["part"] == "call" {
        part = calls.popFirst().map(Self.call)
      } else if let said = text.take() {
        part = ["text": .string(said)]
      } else if place["thoughtSignature"] != nil {
        part = ["text": ""]
      }
      part?["thoughtSignature"] = place["thoughtSignature"]
      if let part { parts.append(.object(part)) }
    }
    if let text { parts.append(["text": .string(text)]) }
    return parts + calls.map { .object(Self.call($0)) }
  }

  private static func call(_ call: ChatToolCall) -> [String: JSONValue] {
    // The interface takes an object. What is none was refused already, and is quoted for the model to read.
    var arguments: JSONValue = ["unreadable_arguments": .string(call.arguments)]
    if let value = JSONValue(parsing: call.arguments), case .object = value { arguments = value }
    var made: [String: JSONValue] = ["name": .string(call.name), "args": arguments]
    if !call.id.hasPrefix(ContentReader.ownID) { made["id"] = .string(call.id) }
    return ["functionCall": .object(made)]
  }
}
