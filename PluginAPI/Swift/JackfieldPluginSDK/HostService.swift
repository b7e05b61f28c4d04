internal import PluginABI

/// The host did not do what it was asked for. Let it pass through, and the call ends with what the host said.
public struct ServiceError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Reason: Sendable, Equatable {
    /// What was given breaks a rule.
    case argument
    /// The operator does not allow it.
    case denied
    case notFound
    /// Another version is there than was expected.
    case conflict
    /// Too much: a quota, a length, calls within calls.
    case limit
    /// Too many at a time; later it may do.
    case busy
    /// It ran and failed: another tool.
    case failed
    /// Nobody can say whether it was done.
    case unknown
    /// There is no one to ask.
    case unsupported
  }
  public let reason: Reason
  /// The host's words, or what was attempted.
  public let message: String

  public var description: String { message }

  var status: Int {
    switch reason {
    case .argument: JF_E_ARGUMENT
    case .denied: JF_E_DENIED
    case .notFound: JF_E_NOT_FOUND
    case .conflict: JF_E_STATE
    case .limit: JF_E_LIMIT
    case .busy: JF_E_BUSY
    case .failed: JF_E_TOOL
    case .unknown: JF_E_IO
    case .unsupported: JF_E_UNSUPPORTED
    }
  }
}

/// A table of the host, and the call on whose behalf it is asked.
struct HostService<Table>: Sendable {
  let context: CallContext
  // nonisolated(unsafe): a table never changes, and is there until the instance is closed.
  private nonisolated(unsafe) let pointer: UnsafePointer<Table>

  var table: Table { pointer.pointee }
  var host: UnsafePointer<jf_host> { context.host.table }
  var call: jf_call { context.call }

  /// Nil where the host has none for this plugin, or one that is shorter than this SDK needs.
  init?(_ name: String, of context: CallContext, as type: Table.Type) {
    guard let found = context.host.table.pointee.service?(context.host.table, name),
      // Every table begins with its size.
      Int(found.load(as: UInt32.self)) >= MemoryLayout<Table>.size
    else { return nil }
    self.context = context
    pointer = found.assumingMemoryBound(to: Table.self)
  }

  /// - Parameter status: nil where the table has no such function.
  func check(_ status: jf_status?, _ message: @autoclosure () -> String) throws {
    let reason: ServiceError.Reason
    switch Int(status ?? jf_status(JF_E_UNSUPPORTED)) {
    case 0...: return
    case JF_E_CANCELLED: throw CallEnded.cancelled
    case JF_E_DEADLINE: throw CallEnded.deadlinePassed
    case JF_E_ARGUMENT: reason = .argument
    case JF_E_DENIED: reason = .denied
    case JF_E_NOT_FOUND: reason = .notFound
    case JF_E_STATE: reason = .conflict
    case JF_E_LIMIT: reason = .limit
    case JF_E_BUSY: reason = .busy
    case JF_E_TOOL: reason = .failed
    case JF_E_UNSUPPORTED: reason = .unsupported
    default: reason = .unknown
    }
    throw ServiceError(reason: reason, message: message())
  }
}

extension Array<UInt8> {
  func withABIBytes<T>(_ body: (jf_bytes) -> T) -> T { withUnsafeBytes { body(jf_bytes($0)) } }
}
