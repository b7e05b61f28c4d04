import JSONCodec
import Storage
import Telemetry
import ToolContracts

extension JournalEvent {
  /// The envelope of docs/journal.md.
  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("v", 1)
    writer.field("seq", sequence)
    writer.field("ts", timestamp(time))
    writer.field("tenant_id", tenant.description)
    writer.field("run_id", run.description)
    writer.field("turn", Int(turn))
    if !agent.isEmpty { writer.field("agent", agent) }
    writer.field("type", kind.rawValue)
    if let step { writer.field("call_id", CallID(run: run, step: step).description) }
    writer.field("data", raw: data)
    writer.endObject()
  }
}

extension RunSummary {
  var json: JSONValue {
    var object: JSONObject = [
      "run_id": .string(run.description), "name": .string(name), "status": .string(status.rawValue),
      "started": .string(timestamp(started)), "events": .int(eventCount),
    ]
    object["finished"] = finished.map { .string(timestamp($0)) }
    return .object(object)
  }

  var line: String {
    let took = finished.map { " \(milliseconds($0 - started))" } ?? ""
    return "\(run)  \(timestamp(started))  \(padded(status.rawValue, 14))\(printable(name))\(took)"
  }
}

/// RFC 3339, in UTC.
func timestamp(_ nanoseconds: Int64) -> String {
  var bytes: [UInt8] = []
  appendTimestamp(nanoseconds, to: &bytes)
  return String(decoding: bytes, as: UTF8.self)
}

/// `12.3 ms`
func milliseconds(_ nanoseconds: Int64) -> String {
  let tenths = (nanoseconds + 50_000) / 100_000
  return "\(tenths / 10).\(tenths % 10) ms"
}
