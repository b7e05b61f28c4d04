internal import PluginABI

/// `jf.call/1`: other tools, with the authority of the call's caller and not more than the operator granted.
///
/// Blocks, at most until the deadline: for `Tool` and `ChatProvider`, not for what runs in Swift's thread pool. Throws
/// `ServiceError` with the message that an agent would have read, or `CallEnded` where nobody waits any more.
public struct OtherTools: Sendable {
  private let service: HostService<jf_service_call>

  init?(_ context: CallContext) {
    guard let service = HostService(JF_SERVICE_CALL, of: context, as: jf_service_call.self) else {
      return nil
    }
    self.service = service
  }

  public func call<Output: Decodable>(
    _ name: String, _ arguments: some Encodable, as type: Output.Type = Output.self
  ) throws -> Output {
    try JSONCoding.decode(type, from: call(name, json: JSON.text(of: arguments)))
  }

  /// - Parameters:
  ///   - name: As agents name it (`clock_now`), or as operators do (`clock.now`).
  ///   - arguments: A JSON object.
  /// - Returns: JSON.
  public func call(_ name: String, json arguments: String) throws -> String {
    var result = jf_bytes()
    let status = name.withBytes { name in
      arguments.withBytes { service.table.call?(service.host, service.call, name, $0, &result) }
    }
    try service.check(status, result.len == 0 ? "the tool was not called" : result.string)
    return result.string
  }
}
