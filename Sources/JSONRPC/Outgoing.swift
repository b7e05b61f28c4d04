package import JSONCodec

/// Frames of our own: JSON texts without a line feed.
package enum Outgoing {
  /// - Parameter writeResult: writes one value.
  package static func result(
    _ id: RequestID, reserving capacity: Int = 256, _ writeResult: (inout JSONWriter) -> Void
  ) -> [UInt8] {
    var writer = begin(reserving: capacity)
    writer.key("id")
    id.write(to: &writer)
    writer.key("result")
    writeResult(&writer)
    writer.endObject()
    return writer.bytes
  }

  /// - Parameter id: nil for a request whose id could not be read.
  package static func error(
    _ id: RequestID?, _ code: ErrorCode, _ message: String, data: JSONValue? = nil
  ) -> [UInt8] {
    var writer = begin()
    writer.key("id")
    if let id { id.write(to: &writer) } else { writer.null() }
    writer.key("error")
    writer.beginObject()
    writer.field("code", code.rawValue)
    writer.field("message", message)
    if let data { writer.field("data", data) }
    writer.endObject()
    writer.endObject()
    return writer.bytes
  }

  /// - Parameter writeParams: writes one object.
  package static func request(
    _ id: RequestID, _ method: String, _ writeParams: (inout JSONWriter) -> Void
  ) -> [UInt8] {
    var writer = begin()
    writer.key("id")
    id.write(to: &writer)
    return end(writer, method, writeParams)
  }

  package static func notification(
    _ method: String, _ writeParams: (inout JSONWriter) -> Void
  ) -> [UInt8] {
    end(begin(), method, writeParams)
  }

  private static func begin(reserving capacity: Int = 256) -> JSONWriter {
    var writer = JSONWriter(reserving: capacity)
    writer.beginObject()
    writer.field("jsonrpc", "2.0")
    return writer
  }

  private static func end(
    _ begun: JSONWriter, _ method: String, _ writeParams: (inout JSONWriter) -> Void
  ) -> [UInt8] {
    var writer = begun
    writer.field("method", method)
    writer.key("params")
    writeParams(&writer)
    writer.endObject()
    return writer.bytes
  }
}
