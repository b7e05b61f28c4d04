package import JackfieldPluginSDK

/// Puts an answer of the Responses interface together.
///
/// What counts is the whole answer that ends the stream; the pieces before it are shown, and no more. So nothing is lost or
/// doubled where pieces come twice, late or not at all.
package struct ResponseReader: Sendable {
  private var answer: ChatAnswer?
  /// The calls that have begun, by their place in the output.
  private var calls: [Int: Int] = [:]
  /// Items that are whole, for a server whose last event leaves them out.
  private var items: [Int: JSONValue] = [:]
  private var lastSequence = -1
  private var hasShownText = false

  package init() {}

  private struct Event: Decodable {
    var type: String?
    var sequenceNumber: Int?
    var outputIndex: Int?
    var delta: JSONValue?
    var item: JSONValue?
    var response: JSONValue?
    var error: JSONValue?

    enum CodingKeys: String, CodingKey {
      case type, delta, item, response, error
      case sequenceNumber = "sequence_number"
      case outputIndex = "output_index"
    }
  }

  /// - Parameter show: gets what is new.
  package mutating func take(
    _ event: ServerSentEvent, show: (AnswerPiece) throws -> Void
  ) throws -> ServerAnswer.Step {
    if event.data == "[DONE]" { return .stop }
    let step: Event
    do { step = try JSON.decode(Event.self, from: event.data) } catch {
      throw ProviderFailure.badAnswer("a piece of the stream is not what it should be: \(error)")
    }
    // A proxy's own error has no type.
    switch step.type ?? (step.error == nil ? event.name : "error") {
    case "response.completed", "response.incomplete", "response.failed":
      guard let response = step.response else {
        throw ProviderFailure.badAnswer("the stream's last event has no response")
      }
      try take(filled(response), show: show)
      return .stop
    case "error":
      throw Fault.failure(
        ServerFault(body: step.error.map { ["error": $0] } ?? JSONValue(parsing: event.data) ?? .null))
    case let type:
      // One that was shown already, or is late.
      if let number = step.sequenceNumber {
        guard number > lastSequence else { return .goOn }
        lastSequence = number
      }
      try preview(type, step, show)
      return .goOn
    }
  }

  private mutating func preview(
    _ type: String, _ step: Event, _ show: (AnswerPiece) throws -> Void
  ) throws {
    let index = step.outputIndex ?? 0
    switch (type, step.delta) {
    case ("response.output_text.delta", .string(let piece)?), ("response.refusal.delta", .string(let piece)?):
      hasShownText = true
      try show(.text(piece))
    case ("response.reasoning_summary_text.delta", .string(let piece)?),
      ("response.reasoning_text.delta", .string(let piece)?):
      try show(.reasoning(piece))
    case ("response.function_call_arguments.delta", .string(let piece)?):
      if let call = calls[index] { try show(.toolCallArguments(index: call, piece)) }
    case ("response.output_item.added", _):
      guard let item = step.item, item["type"] == "function_call", calls[index] == nil else { return }
      calls[index] = calls.count
      try show(
        .toolCall(
          index: calls.count - 1, id: item["call_id"].text, name: item["name"].text,
          arguments: item["arguments"].text))
    case ("response.output_item.done", _): items[index] = step.item
    default: break
    }
  }

  private func filled(_ response: JSONValue) -> JSONValue {
    guard case .object(var members) = response, !items.isEmpty else { return response }
    if case .array(let output)? = members["output"], !output.isEmpty { return response }
    members["output"] = .array(items.sorted { $0.key < $1.key }.map(\.value))
    return .object(members)
  }

  /// An answer that came whole.
  package mutating func take(_ response: JSONValue, show: (AnswerPiece) throws -> Void) throws {
    if let error = response["error"], error != .null {
      throw Fault.failure(ServerFault(body: ["error": error]))
    }
    guard case .array(let output)? = response["output"] else {
      throw ProviderFailure.badAnswer("the answer has no output")
    }
    var answer = ChatAnswer(model: response["model"].optionalText, id: response["id"].optionalText)
    var order = ResponseOrder()
    var isRefused = false
    for item in output {
      switch item["type"] {
      case "message": if try take(message: item, &answer, &order) { isRefused = true }
      case "function_call":
        guard !item["name"].text.isEmpty else { throw ProviderFailure.badAnswer("a tool call has no name") }
        order.addCall()
        answer.toolCalls.append(
          ChatToolCall(
            id: item["call_id"].text.isEmpty ? "call_\(answer.toolCalls.count)" : item["call_id"].text,
            name: item["name"].text, arguments: item["arguments"].text))
      case "reasoning": order.addReasoning(item)
      default: break
      }
    }
    answer.finishReason = try finishReason(of: response, answer, isRefused: isRefused)
    if answer.finishReason == .contentFilter || answer.finishReason == .refusal { answer.toolCalls = [] }
    answer.continuation = order.continuation
    answer.usage = Self.usage(response["usage"])
    // No piece of it came: a server that does not stream, or one that sends the whole alone.
    if !hasShownText, !answer.text.isEmpty { try show(.text(answer.text)) }
    try show(.usage(answer.usage))
    self.answer = answer
  }

  /// - Returns: whether it is a refusal.
  private func take(
    message: JSONValue, _ answer: inout ChatAnswer, _ order: inout ResponseOrder
  ) throws -> Bool {
    guard case .array(let parts)? = message["content"] else { return false }
    var isRefused = false
    for part in parts {
      if part["type"] == "refusal" { isRefused = true }
      answer.text += part["text"].text + part["refusal"].text
    }
    if !answer.text.isEmpty { order.addText() }
    return isRefused
  }

  private func finishReason(
    of response: JSONValue, _ answer: ChatAnswer, isRefused: Bool
  ) throws -> ChatAnswer.FinishReason {
    switch response["status"] {
    case "incomplete":
      return response["incomplete_details"]?["reason"] == "content_filter" ? .contentFilter : .length
    case "completed", nil:
      if isRefused { return .refusal }
      return answer.toolCalls.isEmpty ? .stop : .toolCalls
    default: throw ProviderFailure.incomplete("the answer's status is \(response["status"].text.prefix(64))")
    }
  }

  private static func usage(_ usage: JSONValue?) -> ChatUsage {
    ChatUsage(
      inputTokens: usage?["input_tokens"].count ?? 0, outputTokens: usage?["output_tokens"].count ?? 0,
      cachedInputTokens: usage?["input_tokens_details"]?["cached_tokens"].count,
      reasoningTokens: usage?["output_tokens_details"]?["reasoning_tokens"].count)
  }

  /// - Throws: `ProviderFailure` with `.incomplete` where the stream ended without it.
  package func whole() throws -> ChatAnswer {
    guard let answer else { throw ProviderFailure.cutStream }
    return answer
  }
}
