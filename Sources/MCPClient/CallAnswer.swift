import JSONCodec
import ToolContracts

/// What a server's answer to `tools/call` is to the pipeline.
struct CallAnswer: Equatable {
  let status: CallStatus
  /// JSON where the status is ok, else a message.
  let payload: [UInt8]

  private static let maxMessageBytes = 4096

  static func failure(_ status: CallStatus, _ message: String) -> CallAnswer {
    CallAnswer(status: status, payload: Array(message.utf8))
  }

  private init(status: CallStatus, payload: [UInt8]) {
    self.status = status
    self.payload = payload
  }

  init(result: JSONView) {
    switch result["resultType"]?.string ?? "complete" {
    case "complete": self = Self.complete(result)
    default: self = .failure(.internal, "the server answered with a kind of result that nobody asked for")
    }
  }

  private static func complete(_ result: JSONView) -> CallAnswer {
    guard result.kind == .object else { return .failure(.internal, "the server's result is no object") }
    if result["isError"]?.bool == true { return .failure(.tool, message(of: result)) }
    if let structured = result["structuredContent"], !structured.isNull {
      return CallAnswer(status: .ok, payload: Array(structured.rawBytes))
    }
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("content")
    if let content = result["content"], content.kind == .array {
      writer.raw(content.rawBytes)
    } else {
      writer.beginArray()
      writer.endArray()
    }
    writer.endObject()
    return CallAnswer(status: .ok, payload: writer.bytes)
  }

  /// The text blocks of a result, as far as a message may be long.
  private static func message(of result: JSONView) -> String {
    var text = ""
    guard let content = result["content"] else { return "the tool failed" }
    for block in content.elements {
      guard let piece = block["text"]?.string, block["type"]?.string == "text" else { continue }
      text += text.isEmpty ? piece : "\n" + piece
      if text.utf8.count > maxMessageBytes { break }
    }
    guard text.utf8.count > maxMessageBytes else { return text.isEmpty ? "the tool failed" : text }
    return String(text.unicodeScalars.prefix(maxMessageBytes / 4))
  }

  /// - Parameter error: of JSON-RPC.
  init(error: JSONView) {
    let message = error["message"]?.string ?? ""
    let text = message.isEmpty ? "the server refused the call" : message
    switch error["code"]?.int {
    case -32601: self = .failure(.unsupported, text)
    case -32602: self = .failure(.argument, text)
    case -32800: self = .failure(.cancelled, text)
    default: self = .failure(.tool, text)
    }
  }
}
