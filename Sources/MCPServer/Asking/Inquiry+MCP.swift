import JSONCodec
import JSONSchema
import ToolContracts

extension Inquiry {
  var method: String {
    switch self {
    case .form, .url: "elicitation/create"
    case .sampling: "sampling/createMessage"
    case .roots: "roots/list"
    }
  }

  /// - Parameter id: names a question that is answered elsewhere; only one revision has a field for it.
  func writeParameters(to writer: inout JSONWriter, for revision: Revision, id: String) {
    switch self {
    case .form(let message, let schema):
      writer.beginObject()
      if revision.hasElicitationModes { writer.field("mode", "form") }
      writer.field("message", message)
      writer.field("requestedSchema", schema)
      writer.endObject()
    case .url(let message, let url):
      writer.beginObject()
      writer.field("mode", "url")
      writer.field("message", message)
      writer.field("url", url)
      if revision == .november2025 { writer.field("elicitationId", id) }
      writer.endObject()
    case .sampling(let parameters): writer.value(parameters)
    case .roots:
      writer.beginObject()
      writer.endObject()
    }
  }

  /// - Parameter result: what a client answered.
  func answer(_ result: JSONView) -> ReadAnswer {
    guard result.kind == .object else { return .malformed("an answer is an object") }
    switch self {
    case .form(_, let schema): return Self.elicited(result, schema: schema)
    case .url: return Self.elicited(result, schema: nil)
    case .sampling:
      guard result["role"]?.string != nil, result["content"] != nil, result["model"]?.string != nil else {
        return .malformed("a sampled message has a role, content and a model")
      }
      return .answer(.accepted(result.value))
    case .roots:
      guard result["roots"]?.kind == .array else { return .malformed("roots must be an array") }
      return .answer(.accepted(result.value))
    }
  }

  private static func elicited(_ result: JSONView, schema: JSONValue?) -> ReadAnswer {
    switch result["action"]?.string {
    case "decline": return .answer(.declined)
    case "cancel": return .answer(.dismissed)
    case "accept":
      guard let schema else { return .answer(.accepted([:])) }
      guard let content = result["content"], content.kind == .object else {
        return .unfit("the form came back without its content")
      }
      if let fault = InquiryForm(schema)?.fault(in: content) { return .unfit(fault) }
      return .answer(.accepted(content.value))
    default: return .malformed("action must be accept, decline or cancel")
    }
  }
}

/// What became of an answer that came over the wire.
enum ReadAnswer: Equatable {
  case answer(InquiryAnswer)
  /// A person's, but not one that the form allows: worth another try.
  case unfit(String)
  /// No answer at all.
  case malformed(String)
}

extension Revision {
  var hasElicitationModes: Bool { self >= .november2025 }
}
