import JSONCodec
import JSONSchema
import Storage
import ToolContracts
import ToolRegistry

/// A model call as far as its answer depends on it: the same question has the same key.
struct AnswerQuestion: Sendable {
  let key: AnswerKey
  let model: String
  let caching: AnswerCaching

  /// - Returns: nil where no answer is to be kept, and where the request has a number without a canonical form.
  init?(_ call: ApprovedCall) {
    guard let caching = call.request.caching, call.enabled.function.descriptor.kind == .chat,
      let request = try? JSONDocument(parsing: call.arguments.json).root.value,
      let canonical = try? request.canonical()
    else { return nil }
    let function = call.enabled.function
    var identity = JSONWriter(reserving: 512 + canonical.count)
    identity.beginObject()
    identity.field("tool", function.name.description)
    identity.field("version", function.pluginVersion)
    identity.field("plugin", function.pluginDigest)
    identity.field("configuration", call.enabled.configurationDigest)
    identity.field("request", raw: canonical)
    identity.endObject()
    key = AnswerKey(tenant: call.enabled.tenant, digest: sha256(of: identity.bytes))
    model = request["model"]?.string ?? ""
    self.caching = caching
  }
}

/// Whether an answer may be given again to the same question.
enum AnswerFitness {
  /// Whole, no refusal, and made of calls that may be made, or of a text in the form that was asked for.
  static func isFit(_ answer: [UInt8], to request: [UInt8]) -> Bool {
    guard let answer = try? JSONDocument(parsing: answer).root,
      let request = try? JSONDocument(parsing: request).root,
      let reason = answer["finishReason"]?.string, reason == "stop" || reason == "tool_calls"
    else { return false }
    let calls = answer["toolCalls"]?.elements.map(\.self) ?? []
    let text = answer["text"]?.string ?? ""
    if calls.isEmpty { return !text.isEmpty && hasForm(text, request["outputSchema"]) }
    return calls.allSatisfy { isSound($0, tools: request["tools"]) }
  }

  private static func hasForm(_ text: String, _ schema: JSONView?) -> Bool {
    guard let schema else { return true }
    return isValid(Array(text.utf8), schema)
  }

  private static func isSound(_ call: JSONView, tools: JSONView?) -> Bool {
    guard let name = call["name"]?.string, let arguments = call["arguments"]?.string,
      let tool = tools?.elements.first(where: { $0["name"]?.string == name }),
      let schema = tool["inputSchema"]
    else { return false }
    return isValid(Array(arguments.utf8), schema)
  }

  private static func isValid(_ json: [UInt8], _ schema: JSONView) -> Bool {
    guard let compiled = try? CompiledSchema(schema.value) else { return false }
    return (try? compiled.isValid(text: json, limits: .strict)) ?? false
  }
}
