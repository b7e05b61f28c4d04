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

  func write(to writer: inout JSONWriter) {
    guard era == .modern || progressToken != nil else { return }
    writer.key("_meta")
    writer.beginObject()
    if era == .modern {
      writer.field("io.modelcontextprotocol/protocolVersion", Era.modernRevision)
      writer.key("io.modelcontextprotocol/clientInfo")
      client.write(to: &writer)
      // None: nobody is asked on a server's behalf, and no model or folder is lent to it.
      writer.key("io.modelcontextprotocol/clientCapabilities")
      writer.beginObject()
      writer.endObject()
    }
    if let progressToken {
      writer.key("progressToken")
      progressToken.write(to: &writer)
    }
    writer.endObject()
  }
}
