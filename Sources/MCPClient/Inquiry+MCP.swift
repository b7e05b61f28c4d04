import JSONCodec
import ToolContracts

extension Inquiry {
  /// - Parameter parameters: of `elicitation/create`.
  /// - Returns: nil for what is no question to a person.
  init?(elicitation parameters: JSONView?) {
    guard let parameters, let message = parameters["message"]?.string else { return nil }
    switch parameters["mode"]?.string ?? "form" {
    case "form":
      guard let schema = parameters["requestedSchema"], schema.kind == .object else { return nil }
      self = .form(message: message, schema: schema.value)
    case "url":
      guard let url = parameters["url"]?.string else { return nil }
      self = .url(message: message, url: url)
    default: return nil
    }
  }

  /// The result of `elicitation/create`.
  func write(_ answer: InquiryAnswer, to writer: inout JSONWriter) {
    writer.beginObject()
    switch answer {
    case .accepted(let content):
      writer.field("action", "accept")
      if case .form = self { writer.field("content", content) }
    case .declined: writer.field("action", "decline")
    case .dismissed: writer.field("action", "cancel")
    }
    writer.endObject()
  }
}
