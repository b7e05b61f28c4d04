package import JSONCodec
import Telemetry
import ToolContracts

extension JournalEvent {
  /// Who reads an event.
  package enum Reader: Sendable {
    /// Sees everything.
    case `operator`
    /// Does not see what is for the operator alone: the `detail` of a failure.
    case tenant
  }

  /// The envelope of docs/journal.md.
  package func write(to writer: inout JSONWriter, for reader: Reader = .operator) {
    writer.beginObject()
    writeFields(to: &writer, for: reader)
    writer.endObject()
  }

  /// All of it on one line, whatever line ends a model put between the tokens of its arguments.
  func writeFields(to writer: inout JSONWriter, for reader: Reader) {
    writer.field("v", 1)
    writer.field("seq", sequence)
    writer.field("ts", timestamp(time))
    writer.field("tenant_id", tenant.description)
    writer.field("run_id", run.description)
    writer.field("turn", Int(turn))
    if !agent.isEmpty { writer.field("agent", agent) }
    writer.field("type", kind.rawValue)
    if let step { writer.field("call_id", CallID(run: run, step: step).description) }
    if fence > 0 { writer.field("fence", Int(fence)) }
    writer.field("data", raw: reader == .operator ? dataOnOneLine : dataWithoutDetail)
  }

  /// Inside of a string, JSON has no line ends; outside, a blank does as well.
  var dataOnOneLine: [UInt8] {
    guard hasLineEnds else { return data }
    return data.map { JournalEvent.isLineEnd($0) ? UInt8(ascii: " ") : $0 }
  }

  var hasLineEnds: Bool { data.contains(where: JournalEvent.isLineEnd) }

  private static func isLineEnd(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }

  private var dataWithoutDetail: [UInt8] {
    guard case .object(var object)? = try? JSONValue(parsing: data) else { return Array("{}".utf8) }
    object["detail"] = nil
    return JSONValue.object(object).serialized()
  }
}

/// RFC 3339, in UTC.
package func timestamp(_ nanoseconds: Int64) -> String {
  var bytes: [UInt8] = []
  appendTimestamp(nanoseconds, to: &bytes)
  return String(decoding: bytes, as: UTF8.self)
}
