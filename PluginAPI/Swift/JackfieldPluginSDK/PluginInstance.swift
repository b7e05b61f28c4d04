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
    switch functions[Int(function)].body {
    case .immediate(let body): return Self.answer(context, arguments, body)
    case .pending(let body):
      start(body, context, Array(arguments))
      return jf_status(JF_PENDING)
    }
  }

  func reconcile(_ call: jf_call, _ function: UInt32, _ arguments: UnsafeRawBufferPointer) -> jf_status {
    examine(call, function, arguments, \.reconcile)
  }

  func preview(_ call: jf_call, _ function: UInt32, _ arguments: UnsafeRawBufferPointer) -> jf_status {
    examine(call, function, arguments, \.preview)
  }

  private func examine(
    _ call: jf_call, _ function: UInt32, _ arguments: UnsafeRawBufferPointer,
    _ slot: KeyPath<BoundFunction, BoundFunction.Immediate?>
  ) -> jf_status {
    guard functions.indices.contains(Int(function)) else { return jf_status(JF_E_ARGUMENT) }
    guard let body = functions[Int(function)][keyPath: slot] else { return jf_status(JF_E_UNSUPPORTED) }
    return Self.answer(CallContext(host: host, call: call), arguments, body)
  }

  private static func answer(
    _ context: CallContext, _ arguments: UnsafeRawBufferPointer, _ body: BoundFunction.Immediate
  ) -> jf_status {
    do {
      try body(context, arguments).withBytes { context.complete(jf_status(JF_OK), $0) }
      return jf_status(JF_OK)
    } catch {
      return fail(context, error)
    }
  }

  func cancel(_ call: jf_call) {
    running.withLock { $0[call] }?.cancel()
  }

  private func start(
    _ body: @escaping @Sendable (CallContext, [UInt8]) async throws -> [UInt8], _ context: CallContext,
    _ arguments: [UInt8]
  ) {
    // The lock is held until the task is in the table: it may be over before this thread goes on.
    let task = running.withLock { running in
      let task = Task {
        let outcome: Result<[UInt8], any Error>
        do { outcome = .success(try await body(context, arguments)) } catch { outcome = .failure(error) }
        // Before the answer: once the host has it, it may close this instance.
        self.running.withLock { _ = $0.removeValue(forKey: context.call) }
        switch outcome {
        case .success(let json): json.withUnsafeBytes { context.complete(jf_status(JF_OK), $0) }
        case .failure(let error): _ = Self.fail(context, error)
        }
      }
      running[context.call] = task
      return task
    }
    // A cancel() from before the task was in the table found nothing to cancel.
    if context.isCancelled { task.cancel() }
  }

  private static func fail(_ context: CallContext, _ error: any Error) -> jf_status {
    var (status, message) = Self.status(of: error)
    message.withUTF8 { context.complete(status, UnsafeRawBufferPointer($0)) }
    return status
  }

  private static func status(of error: any Error) -> (jf_status, message: String) {
    let (status, message) =
      switch error {
      case let error as ToolError: (JF_E_TOOL, error.message)
      case let error as ProviderError: error.statusAndMessage
      case let error as ReportedFailure: (error.status, error.payload)
      case let error as ServiceError: (error.status, error.message)
      case let error as JSONCoding.ArgumentError: (JF_E_ARGUMENT, error.message)
      case CallEnded.deadlinePassed: (JF_E_DEADLINE, "the deadline has passed")
      case CallEnded.cancelled, is CancellationError: (JF_E_CANCELLED, "the call was cancelled")
      default: (JF_E_INTERNAL, String(describing: error))
      }
    return (jf_status(status), message)
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
