import JSONCodec
import ToolContracts

/// Asks a client for the arguments that a prompt needs and did not get. Nothing is kept meanwhile: what comes back is all
/// there is to know.
struct PromptAsker {
  private static let key = "arguments"

  let states: RequestState
  let principal: Principal

  /// Takes what the client brought with it.
  ///
  /// - Returns: the answer that asks; nil where nothing is missing, or the person did not want to say it.
  func complete(
    _ arguments: inout [String: String], of prompt: Prompt, _ params: JSONView, _ answer: Answer
  ) throws(ProtocolError) -> [UInt8]? {
    let binding = binding(of: prompt, arguments)
    var missing = prompt.missing(from: arguments)
    guard !missing.isEmpty else { return nil }
    if let state = params["requestState"] {
      guard let text = state.string, states.verify(text, count: 0, binding: binding) != nil else {
        throw .invalidParams("requestState does not belong to this request")
      }
      if let response = params["inputResponses"]?[Self.key] {
        switch inquiry(for: missing, of: prompt).answer(response) {
        case .answer(.accepted(let content)):
          for (name, value) in content.object ?? JSONObject() { arguments[name] = value.string }
        case .answer: return nil
        case .unfit: break
        case .malformed(let reason): throw .invalidParams("inputResponses.\(Self.key): \(reason)")
        }
      }
      missing = prompt.missing(from: arguments)
      guard !missing.isEmpty else { return nil }
    }
    return answer.inputRequired(state: states.sign([], binding: binding)) { writer in
      writer.inputRequest(Self.key, inquiry(for: missing, of: prompt), for: answer.revision)
    }
  }

  private func inquiry(for missing: [Prompt.Argument], of prompt: Prompt) -> Inquiry {
    var properties = JSONObject()
    for argument in missing {
      var field: JSONObject = ["type": "string"]
      field["title"] = argument.title.map { .string($0) }
      field["description"] = argument.description.map { .string($0) }
      properties[argument.name] = .object(field)
    }
    return .form(
      message: "The prompt \(prompt.title ?? prompt.name) needs to know more.",
      schema: [
        "type": "object", "properties": .object(properties),
        "required": .array(missing.map { .string($0.name) }),
      ])
  }

  private func binding(of prompt: Prompt, _ arguments: [String: String]) -> [UInt8] {
    let given = arguments.sorted { $0.key < $1.key }.map {
      "\($0.key.utf8.count) \($0.key) \($0.value.utf8.count) \($0.value)"
    }
    return Array(
      "prompt\n\(principal.tenant)\n\(principal.user.utf8.count) \(principal.user)\n\(prompt.name)\n\(given)"
        .utf8)
  }
}

extension Prompt {
  func missing(from arguments: [String: String]) -> [Argument] {
    self.arguments.filter { $0.isRequired && arguments[$0.name] == nil }
  }
}
