import PluginABI
import Locking
import Synchronization
package import ToolContracts

/// A plugin opened for one tenant. A call costs little more than the call through the plugin's own pointer.
package final class NativeInstance: ToolBackend, @unchecked Sendable {
  // @unchecked: the instance pointer belongs to the plugin, which takes it on any thread until close().
  private let instance: UnsafeMutableRawPointer?
  private typealias Slot = @convention(c) (UnsafeMutableRawPointer?, jf_call, UInt32, jf_bytes) -> jf_status
  private let invokeFunction: Slot
  // Nil for a plugin that was built before there were any, or has none.
  private let reconcileFunction: Slot?
  private let previewFunction: Slot?
  private let cancelFunction: (@convention(c) (UnsafeMutableRawPointer?, jf_call) -> Void)?
  private let library: LoadedLibrary
  private let tableIndices: [UInt32]
  private let host: HostTable
  private let isClosed = Atomic(false)

  init(
    _ instance: UnsafeMutableRawPointer?, of library: LoadedLibrary, tableIndices: [UInt32], host: HostTable
  ) {
    self.instance = instance
    self.library = library
    self.tableIndices = tableIndices
    self.host = host
    invokeFunction = library.table.invoke
    reconcileFunction = library.table.reconcile
    previewFunction = library.table.preview
    cancelFunction = library.table.cancel
  }

  deinit { close() }

  package func invoke(_ call: CallHandle, function: Int, arguments: UnsafeRawBufferPointer) -> CallStatus {
    enter(invokeFunction, call, function, arguments)
  }

  package func reconcile(
    _ call: CallHandle, function: Int, arguments: UnsafeRawBufferPointer
  ) -> CallStatus {
    reconcileFunction.map { enter($0, call, function, arguments) } ?? .unsupported
  }

  package func preview(_ call: CallHandle, function: Int, arguments: UnsafeRawBufferPointer) -> CallStatus {
    previewFunction.map { enter($0, call, function, arguments) } ?? .unsupported
  }

  @inline(__always)
  private func enter(
    _ slot: Slot, _ call: CallHandle, _ function: Int, _ arguments: UnsafeRawBufferPointer
  ) -> CallStatus {
    guard tableIndices.indices.contains(function) else { return .argument }
    let bytes = jf_bytes(
      ptr: arguments.baseAddress?.assumingMemoryBound(to: UInt8.self), len: UInt64(arguments.count))
    let status = CallStatus(ofPlugin: slot(instance, call.rawValue, tableIndices[function], bytes))
    if status != .pending { host.services.ended(call) }
    return status
  }

  package func cancel(_ call: CallHandle) {
    // First what the plugin waits for, then the plugin.
    host.services.cancel(call)
    cancelFunction?(instance, call.rawValue)
  }

  package func close() {
    guard !isClosed.exchange(true, ordering: .relaxed) else { return }
    library.mainLock.withLock { _ in library.table.close(instance) }
    host.log.finish()
  }
}
