import JSONCodec
import Storage
import ToolContracts

extension RunSummary {
  var json: JSONValue {
    var object: JSONObject = [
      "run_id": .string(run.description), "name": .string(name), "status": .string(status.rawValue),
      "started": .string(timestamp(started)), "events": .int(eventCount), "bytes": .int(byteCount),
    ]
    object["finished"] = finished.map { .string(timestamp($0)) }
    return .object(object)
  }

  var line: String {
    let took = finished.map { " \(milliseconds($0 - started))" } ?? ""
    return "\(run)  \(timestamp(started))  \(padded(status.rawValue, 19))\(printable(name))\(took)"
  }
}

/// `12.3 ms`
func milliseconds(_ nanoseconds: Int64) -> String {
  let tenths = (nanoseconds + 50_000) / 100_000
  return "\(tenths / 10).\(tenths % 10) ms"
}
