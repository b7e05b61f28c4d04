internal import PluginABI

/// A value that the host keeps, as it was read.
public struct KeptValue: Sendable, Equatable {
  public let bytes: [UInt8]
  /// Higher with every change.
  public let version: UInt64

  public var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// What must be there for a change to be made.
public enum ExpectedValue: Sendable, Equatable {
  case anything
  case nothing
  case version(UInt64)

  var number: UInt64 {
    switch self {
    case .anything: .max
    case .nothing: 0
    case .version(let version): version
    }
  }
}

/// `jf.kv/1`: values of this plugin for this tenant, which outlive calls. PluginAPI/SERVICES.md has the limits.
///
/// Blocks, at most until the deadline: for `Tool` and `ChatProvider`, not for what runs in Swift's thread pool. Throws
/// `ServiceError`, or `CallEnded` where nobody waits any more.
public struct Values: Sendable {
  private let service: HostService<jf_service_kv>

  init?(_ context: CallContext) {
    guard let service = HostService(JF_SERVICE_KV, of: context, as: jf_service_kv.self) else { return nil }
    self.service = service
  }

  /// Nil where there is none, or its time is over.
  public func value(of key: String) throws -> KeptValue? {
    var bytes = jf_bytes()
    var version: UInt64 = 0
    do {
      try service.check(
        key.withBytes { service.table.get?(service.host, service.call, $0, &bytes, &version) },
        "the value could not be read")
    } catch let error as ServiceError where error.reason == .notFound { return nil }
    return KeptValue(bytes: Array(bytes.buffer), version: version)
  }

  /// - Parameters:
  ///   - expected: Else nothing is done: `.conflict`, or `.notFound` where there is nothing.
  ///   - lifetime: Nil for ever.
  /// - Returns: The new version.
  @discardableResult
  public func put(
    _ value: [UInt8], at key: String, expecting expected: ExpectedValue = .anything, lifetime: Duration? = nil
  ) throws -> UInt64 {
    var version: UInt64 = 0
    let nanoseconds = lifetime.map(\.wholeNanoseconds) ?? 0
    try service.check(
      key.withBytes { key in
        value.withABIBytes { value in
          service.table.put?(
            service.host, service.call, key, value, expected.number, nanoseconds, &version)
        }
      }, "the value could not be kept")
    return version
  }

  @discardableResult
  public func put(
    _ text: String, at key: String, expecting expected: ExpectedValue = .anything, lifetime: Duration? = nil
  ) throws -> UInt64 {
    try put(Array(text.utf8), at: key, expecting: expected, lifetime: lifetime)
  }

  /// - Returns: Whether there was something.
  @discardableResult
  public func remove(_ key: String, expecting expected: ExpectedValue = .anything) throws -> Bool {
    do {
      try service.check(
        key.withBytes { service.table.remove?(service.host, service.call, $0, expected.number) },
        "the value could not be removed")
    } catch let error as ServiceError where error.reason == .notFound { return false }
    return true
  }

  /// The keys that begin with `prefix` and come after `last`, in the order of their bytes.
  ///
  /// - Parameter limit: 1 to 1000.
  public func keys(prefix: String = "", after last: String = "", limit: Int = 1000) throws -> [String] {
    var json = jf_bytes()
    try service.check(
      prefix.withBytes { prefix in
        last.withBytes { last in
          service.table.list?(
            service.host, service.call, prefix, last, UInt32(clamping: limit), &json)
        }
      }, "the keys could not be read")
    return try JSONCoding.decode([String].self, from: json.string)
  }
}

extension Duration {
  /// At least one; as many as there can be where it is longer.
  var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, more) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
    return overflows || more ? .max : max(1, sum)
  }
}
