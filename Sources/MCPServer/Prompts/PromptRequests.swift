import JSONCodec
import JSONSchema

extension MCPServer {
  func listPrompts(_ params: JSONView?, _ answer: Answer) throws(ProtocolError) -> [UInt8] {
    let page = try Page(
      of: catalog.prompts.prompts(for: principal), size: limits.pageSize, params: params, name: \.name)
    return answer.list { writer in
      writer.key("prompts")
      writer.beginArray()
      for prompt in page.items { prompt.write(to: &writer, for: answer.revision) }
      writer.endArray()
      if let cursor = page.nextCursor { writer.field("nextCursor", cursor) }
    }
  }

  /// - Parameter asker: asks for the arguments that are missing; nil where this client cannot be asked.
  func getPrompt(
    _ params: JSONView?, _ answer: Answer, asker: PromptAsker?
  ) throws(ProtocolError) -> [UInt8] {
    guard let name = params?["name"]?.string else { throw .invalidParams("name must be a string") }
    let prompts = catalog.prompts
    let prompt = try prompt(named: name, in: prompts)
    var arguments = try Self.arguments(params?["arguments"], of: prompt)
    if let asker, let params, let question = try asker.complete(&arguments, of: prompt, params, answer) {
      return question
    }
    if let missing = prompt.missing(from: arguments).first {
      throw .invalidParams("the argument \(missing.name) is missing")
    }
    let messages = prompts.messages(of: name, arguments: arguments, for: principal)
    return answer.result(reserving: 1024) { writer in
      if let description = prompt.description { writer.field("description", description) }
      writer.key("messages")
      writer.beginArray()
      for message in messages where message.content.isPart(of: answer.revision) {
        writer.beginObject()
        writer.field("role", message.role.rawValue)
        writer.field("content", raw: message.content.json)
        writer.endObject()
      }
      writer.endArray()
    }
  }

  func prompt(named name: String, in prompts: any PromptSource) throws(ProtocolError) -> Prompt {
    let all = prompts.prompts(for: principal)
    if let prompt = all.first(where: { $0.name == name }) { return prompt }
    let hint = nearestMatch(to: name, in: all.map(\.name)).map { "; did you mean \($0)?" } ?? ""
    throw .invalidParams("there is no prompt \(name.prefix(128))\(hint)")
  }

  private static func arguments(
    _ view: JSONView?, of prompt: Prompt
  ) throws(ProtocolError) -> [String: String] {
    var arguments: [String: String] = [:]
    guard view == nil || view?.kind == .object || view?.kind == .null else {
      throw .invalidParams("arguments must be an object")
    }
    for (name, value) in view?.value.object ?? JSONObject() {
      guard prompt.arguments.contains(where: { $0.name == name }) else {
        throw .invalidParams("the prompt \(prompt.name) has no argument \(name.prefix(128))")
      }
      guard let text = value.string else { throw .invalidParams("the argument \(name) must be a string") }
      arguments[name] = text
    }
    return arguments
  }
}
