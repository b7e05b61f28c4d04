internal import JackfieldPluginSDK

/// A question as the Responses interface has it.
enum ResponsesRequest {
  static func body(_ question: Question) throws(ProviderError) -> JSONValue {
    let (request, common, own) = (question.request, question.common, question.own)
    guard common.stop == nil, common.seed == nil else {
      throw .invalidRequest("the responses interface takes neither stop nor seed")
    }
    var body: [String: JSONValue] = [
      "model": .string(question.model), "input": .array(try input(request.messages)),
      "store": .bool(own.store ?? false),
    ]
    body["temperature"] = common.temperature.map(JSONValue.number)
    body["top_p"] = common.topP.map(JSONValue.number)
    body["max_output_tokens"] = common.maxOutputTokens.map { .integer(Int64($0)) }
    body["service_tier"] = own.serviceTier.map(JSONValue.string)
    body["safety_identifier"] = own.safetyIdentifier.map(JSONValue.string)
    reasoning(question, &body)
    tools(question, &body)
    var text: [String: JSONValue] = [:]
    text["verbosity"] = (own.verbosity?.rawValue).map(JSONValue.string)
    if let schema = request.outputSchema {
      text["format"] = [
        "type": "json_schema", "name": "answer", "schema": schema, "strict": .bool(question.isStrict(schema)),
      ]
    }
    if !text.isEmpty { body["text"] = .object(text) }
    if question.streams { body["stream"] = true }
    return .object(body)
  }

  private static func reasoning(_ question: Question, _ body: inout [String: JSONValue]) {
    guard question.traits.reasons || question.common.reasoning != nil else { return }
    var reasoning: [String: JSONValue] = [:]
    reasoning["effort"] = (question.common.reasoning?.effort?.rawValue).map(JSONValue.string)
    if question.common.reasoning?.summary == true { reasoning["summary"] = "auto" }
    if !reasoning.isEmpty { body["reasoning"] = .object(reasoning) }
    // The server keeps nothing, so what was thought has to come back with the next question.
    if body["store"] == .bool(false) { body["include"] = ["reasoning.encrypted_content"] }
  }

  private static func tools(_ question: Question, _ body: inout [String: JSONValue]) {
    let request = question.request
    guard !request.tools.isEmpty else { return }
    body["tools"] = .array(
      request.tools.map { tool in
        var members: [String: JSONValue] = [
          "type": "function", "name": .string(tool.name), "parameters": tool.inputSchema,
          // Left out, it means yes here.
          "strict": .bool(question.isStrict(tool.inputSchema)),
        ]
        members["description"] = tool.description.map(JSONValue.string)
        return .object(members)
      })
    body["tool_choice"] = .string(request.toolChoice.rawValue)
    body["parallel_tool_calls"] = question.common.parallelToolCalls.map(JSONValue.bool)
  }

  // MARK: The conversation

  private static func input(_ messages: [ChatMessage]) throws(ProviderError) -> [JSONValue] {
    var items: [JSONValue] = []
    for message in messages {
      switch message.role {
      case .system: items.append(["role": "system", "content": .string(message.content)])
      case .user:
        let content: JSONValue
        if let parts = message.parts {
          content = .array(try self.parts(parts))
        } else {
          content = .string(message.spokenContent)
        }
        items.append(["role": "user", "content": content])
      case .assistant: items += ResponseOrder(message.continuation).items(of: message)
      case .tool:
        let output: JSONValue
        if let parts = message.parts {
          output = .array(try self.parts(parts))
        } else {
          output = .string(message.content)
        }
        items.append(
          [
            "type": "function_call_output", "call_id": .string(message.toolCallId ?? ""), "output": output,
          ])
      }
    }
    return items
  }

  private static func parts(_ parts: [ChatPart]) throws(ProviderError) -> [JSONValue] {
    var content: [JSONValue] = []
    for part in parts {
      switch part {
      case .text(let text): content.append(["type": "input_text", "text": .string(text)])
      case .image(let mimeType, let base64):
        content.append(["type": "input_image", "image_url": .string("data:\(mimeType);base64,\(base64)")])
      case .imageAddress(let url): content.append(["type": "input_image", "image_url": .string(url)])
      case .unknown(let type): throw .invalidRequest("a part of type \"\(type.prefix(64))\" is not known")
      }
    }
    return content
  }
}

/// In which order an answer's text, calls and encrypted reasoning stood: the `continuation` of an answer. The server wants
/// each piece of reasoning right before what followed from it.
struct ResponseOrder: Sendable {
  private static let text: JSONValue = "text"
  private static let call: JSONValue = "call"
  private var places: [JSONValue] = []

  init() {}

  init(_ continuation: JSONValue?) {
    if case .array(let places)? = continuation { self.places = places }
  }

  /// Nil where there is nothing that the message itself does not say.
  var continuation: JSONValue? {
    places.contains { if case .object = $0 { true } else { false } } ? .array(places) : nil
  }

  mutating func addText() { if !places.contains(Self.text) { places.append(Self.text) } }
  mutating func addCall() { places.append(Self.call) }
  /// - Parameter item: as the server gave it. Without encrypted content it is of no use to a server that keeps nothing.
  mutating func addReasoning(_ item: JSONValue) {
    guard case .object(var members) = item, case .string? = members["encrypted_content"] else { return }
    // What only an answer has.
    members["status"] = nil
    places.append(.object(members))
  }

  func items(of message: ChatMessage) -> [JSONValue] {
    var items: [JSONValue] = []
    var text: JSONValue? =
      message.content.isEmpty
      ? nil : ["role": "assistant", "content": .string(message.content)]
    var calls = (message.toolCalls ?? []).map { call -> JSONValue in
      [
        "type": "function_call", "call_id": .string(call.id), "name": .string(call.name),
        "arguments": .string(call.arguments),
      ]
    }[...]
    for place in places {
      switch place {
      case Self.text: if let said = text.take() { items.append(said) }
      case Self.call: if let call = calls.popFirst() { items.append(call) }
      default: items.append(place)
      }
    }
    if let said = text { items.append(said) }
    return items + calls
  }
}
