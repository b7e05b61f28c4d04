internal import FoundationEssentials
internal import PluginABI
internal import Synchronization

/// One tenant's instance, behind the opaque pointer that the host holds: retained by `open`, released by `close`.
final class PluginInstance: Sendable {
  private let host: Host
  // Held for its own sake: its lifetime is the instance's, whatever its functions took out of it.
  private let plugin: any Plugin
  private let functions: [BoundFunction]
  private let running = Mutex<[jf_call: Task<Void, Never>]>([:])

  init(_ plugin: any Plugin, _ functions: [BoundFunction], host: Host) {
    self.host = host
    self.plugin = plugin
    self.functions = functions
  }

  func invoke(_ call: jf_call, _ function: UInt32, _ arguments: UnsafeRawBufferPointer) -> jf_status {
    guard functions.indices.contains(Int(function)) else { return jf_status(JF_E_ARGUMENT) }
    let context = CallContext(host: host, call: call)
    switch functions[Int(function)] {
    case .immediate(let body):
      return Self.answer(context) { try body(context, Self.borrowed(arguments)) }
    case .pending(let body):
      start(body, context, Data(arguments))
      return jf_status(JF_PENDING)
    }
  }

  func cancel(_ call: jf_call) {
    running.withLock { $0[call] }?.cancel()
  }

  private func start(
    _ body: @escaping @Sendable (CallContext, Data) async throws -> Data, _ context: CallContext,
    _ arguments: Data
  ) {
    // The lock is held until the task is in the table: it may be over before this thread goes on.
    let task = running.withLock { running in
      let task = Task {
        let outcome: Result<Data, any Error>
        do { outcome = .success(try await body(context, arguments)) } catch { outcome = .failure(error) }
        // Before the answer: once the host has it, it may close this instance.
        self.running.withLock { _ = $0.removeValue(forKey: context.call) }
        _ = Self.answer(context) { try outcome.get() }
      }
      running[context.call] = task
      return task
    }
    // A cancel() from before the task was in the table found nothing to cancel.
    if context.isCancelled { task.cancel() }
  }

  /// Completes the call, whichever way `body` ends.
  private static func answer(_ context: CallContext, _ body: () throws -> Data) -> jf_status {
    do {
      context.complete(jf_status(JF_OK), try body())
      return jf_status(JF_OK)
    } catch {
      let (status, message) = Self.status(of: error)
      context.complete(status, Data(message.utf8))
      return status
    }
  }

  private static func status(of error: any Error) -> (jf_status, message: String) {
    let (status, message) =
      switch error {
      case let error as ToolError: (JF_E_TOOL, error.message)
      case let error as ProviderError: error.statusAndMessage
      case let error as JSONCoding.ArgumentError: (JF_E_ARGUMENT, error.message)
      case CallEnded.deadlinePassed: (JF_E_DEADLINE, "the deadline has passed")
      case CallEnded.cancelled, is CancellationError: (JF_E_CANCELLED, "the call was cancelled")
      default: (JF_E_INTERNAL, String(describing: error))
      }
    return (jf_status(status), message)
  }

  private static func borrowed(_ bytes: UnsafeRawBufferPointer) -> Data {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return Data() }
    // A `Data` never writes to memory it was lent; it copies first.
    return Data(bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: bytes.count, deallocator: .none)
  }
}

extension ProviderError {
  fileprivate var statusAndMessage: (Int, String) {
    switch self {
    case .busy(let message): (JF_E_BUSY, message)
    case .denied(let message): (JF_E_DENIED, message)
    case .invalidRequest(let message): (JF_E_ARGUMENT, message)
    case .unreachable(let message): (JF_E_IO, message)
    case .failed(let message): (JF_E_TOOL, message)
    }
  }
}
