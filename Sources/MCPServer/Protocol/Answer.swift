import JSONCodec
import JSONRPC

/// Writes the answer to one request: the envelope that its revision asks for around the fields that the method has.
struct Answer {
  let id: RequestID
  let revision: Revision
  let server: ServerInfo

  /// - Parameter writeFields: writes members of the result.
  func result(
    _ type: String = "complete", reserving capacity: Int = 256, _ writeFields: (inout JSONWriter) -> Void
  ) -> [UInt8] {
    Outgoing.result(id, reserving: capacity) { writer in
      writer.beginObject()
      if revision.isStateless { writer.field("resultType", type) }
      writeFields(&writer)
      if revision.isStateless { writeMeta(to: &writer) }
      writer.endObject()
    }
  }

  /// A result that may be kept: not at all, since a tenant's list may change, and by nobody else.
  func list(_ writeFields: (inout JSONWriter) -> Void) -> [UInt8] {
    result(reserving: 4096) { writer in
      writeFields(&writer)
      if revision.isStateless {
        writer.field("ttlMs", 0)
        writer.field("cacheScope", "private")
      }
    }
  }

  private func writeMeta(to writer: inout JSONWriter) {
    writer.key("_meta")
    writer.beginObject()
    writer.key(RequestMeta.serverInfo)
    server.write(to: &writer, for: revision)
    writer.endObject()
  }
}
