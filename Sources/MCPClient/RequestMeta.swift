import JSONCodec
import JSONRPC

/// What this host says of itself.
package struct ClientIdentity: Sendable {
  package var name: String
  package var version: String

  package init(name: String = "jackfield", version: String) {
    self.name = name
    self.version = version
  }

  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("name", name)
    writer.field("version", version)
    writer.endObject()
  }
}

/// The member `_meta` of a request's parameters.
struct RequestMeta {
  let era: Era
  let client: ClientIdentity
  /// Under which progress is reported.
  var progressToken: RequestID?
  /// Whether the server may ask a person about this request.
  var mayAsk = false

  func write(to writer: inout JSONWriter) {
    guard era == .modern || progressToken != nil else { return }
    writer.key("_meta")
    writer.beginObject()
    if era == .modern {
      writer.field("io.modelcontextprotocol/protocolVersion", Era.modernRevision)
      writer.key("io.modelcontextprotocol/clientInfo")
      client.write(to: &writer)
      writer.key("io.modelcontextprotocol/clientCapabilities")
      Self.writeCapabilities(to: &writer, mayAsk: mayAsk)
    }
    if let progressToken {
      writer.key("progressToken")
      progressToken.write(to: &writer)
    }
    writer.endObject()
  }

  /// No model and no folder is lent to a server; a person may be asked.
  static func writeCapabilities(to writer: inout JSONWriter, mayAsk: Bool) {
    writer.beginObject()
    if mayAsk { writer.field("elicitation", ["form": [:], "url": [:]]) }
    writer.endObject()
  }
}
