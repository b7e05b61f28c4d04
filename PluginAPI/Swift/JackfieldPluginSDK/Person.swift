internal import PluginABI

/// `jf.ask/1`: the person for whom the call runs.
///
/// Blocks until they have answered: for `Tool` and `ChatProvider`, not for what runs in Swift's thread pool. Throws
/// `ServiceError`, or `CallEnded` where nobody waits any more.
public struct Person: Sendable {
  private let service: HostService<jf_service_ask>

  init?(_ context: CallContext) {
    guard let service = HostService(JF_SERVICE_ASK, of: context, as: jf_service_ask.self) else { return nil }
    self.service = service
  }

  /// - Parameters:
  ///   - message: At most 16 KiB.
  ///   - schema: Of an object whose properties are flat. What was filled in has passed it.
  /// - Returns: Nil where they said no or left.
  public func ask(_ message: String, _ schema: JSONValue) throws -> JSONValue? {
    var action: Int32 = 0
    var content = jf_bytes()
    let schema = schema.json
    let status = message.withBytes { message in
      schema.withBytes { service.table.ask?(service.host, service.call, message, $0, &action, &content) }
    }
    try service.check(status, "nobody could be asked")
    guard Int(action) == JF_ASK_ACCEPTED else { return nil }
    return try JSONCoding.decode(JSONValue.self, from: content.string)
  }
}
