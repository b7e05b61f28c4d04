import Locking
package import ToolContracts

/// A backend whose functions are closures: a plugin without a file. The tests of real plugins are elsewhere.
package final class ClosureBackend: ToolBackend {
  package typealias Body = @Sendable (CallHandle, Int, UnsafeRawBufferPointer) -> CallStatus
  private let body: Body
  private let onReconcile: Body?
  private let onPreview: Body?
  private let onCancel: @Sendable (CallHandle) -> Void
  private let log = Lock<[CallHandle]>([])

  package init(
    onCancel: @escaping @Sendable (CallHandle) -> Void = { _ in }, onReconcile: Body? = nil,
    onPreview: Body? = nil, _ body: @escaping Body
  ) {
    self.body = body
    self.onReconcile = onReconcile
    self.onPreview = onPreview
    self.onCancel = onCancel
  }

  /// The calls that `cancel` was called for.
  package var cancelled: [CallHandle] { log.withLock { $0 } }

  package func invoke(
    _ call: CallHandle, function: Int, arguments: UnsafeRawBufferPointer
  ) -> CallStatus { body(call, function, arguments) }
  package func reconcile(
    _ call: CallHandle, function: Int, arguments: UnsafeRawBufferPointer
  ) -> CallStatus { onReconcile?(call, function, arguments) ?? .unsupported }
  package func preview(
    _ call: CallHandle, function: Int, arguments: UnsafeRawBufferPointer
  ) -> CallStatus { onPreview?(call, function, arguments) ?? .unsupported }
  package func cancel(_ call: CallHandle) {
    log.withLock { $0.append(call) }
    onCancel(call)
  }
  package func close() {}
}
