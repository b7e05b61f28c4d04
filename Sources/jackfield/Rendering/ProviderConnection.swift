import JSONCodec
import Storage

/// How a provider's request went on its way, as the host recorded it.
struct ProviderConnection {
  /// In the order in which they come; as `ServiceUse` names them.
  private static let phases = [
    ("name_us", "name"), ("connect_us", "connect"), ("tls_us", "TLS"), ("first_byte_us", "first byte"),
  ]
  private let use: JSONDocument

  /// The host itself refused the request: `detail` says why, and there is no server.
  private var isRefused: Bool { use.root["duration_us"] == nil }
  private var detail: String { use.root["detail"]?.string ?? "" }

  /// - Returns: nil where no request was asked for.
  init?(of events: [JournalEvent]) {
    let uses = events.lazy.filter { $0.kind == .serviceUsed }.compactMap {
      try? JSONDocument(parsing: $0.data)
    }
    guard let last = uses.last(where: { $0.root["service"]?.string == "jf.http/1" }) else { return nil }
    use = last
  }

  var json: JSONValue {
    var object: JSONObject = [isRefused ? "refused" : "server": .string(detail)]
    for name in Self.phases.map(\.0) + ["duration_us", "http_status"] {
      object[name] = use.root[name]?.int.map { .int(Int($0)) }
    }
    object["reason"] = (use.root["reason"]?.string).map { .string($0) }
    return .object(object)
  }

  func print(on console: Console) {
    console.result(padded(isRefused ? "not sent" : "server", 14) + printable(detail))
    let parts = Self.phases.compactMap { name, words in
      use.root[name]?.int.map { "\(words) \(milliseconds($0 * 1000))" }
    }
    let end = (use.root["reason"]?.string).map { [printable($0)] } ?? []
    if !parts.isEmpty || !end.isEmpty {
      console.result(padded("connection", 14) + (parts + end).joined(separator: ", "))
    }
  }
}
