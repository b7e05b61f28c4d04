internal import PluginABI
internal import Synchronization

/// The functions of the C table.
extension PluginInstance {
  static let open:
    @convention(c) (
      UnsafePointer<jf_host>?, UnsafePointer<jf_open_info>?, UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
      UnsafeMutablePointer<jf_bytes>?
    ) -> jf_status = { table, info, instance, error in
      guard let table, let info, let instance, Int(table.pointee.size) >= MemoryLayout<jf_host>.size,
        Int(info.pointee.size) >= MemoryLayout<jf_open_info>.size
      else { return jf_status(JF_E_ARGUMENT) }
      let host = Host(table: table)
      do {
        let opening = OpenContext(tenant: info.pointee.tenant.string, host: host)
        guard let opened = try PluginTable.open(opening) else { return jf_status(JF_E_STATE) }
        instance.pointee = Unmanaged.passRetained(opened).toOpaque()
        return jf_status(JF_OK)
      } catch let failure as ConfigurationError {
        error?.pointee = OpenFailure.keep(failure.message)
        return jf_status(JF_E_ARGUMENT)
      } catch let failure {
        error?.pointee = OpenFailure.keep(String(describing: failure))
        return jf_status(JF_E_INTERNAL)
      }
    }

  static let close: @convention(c) (UnsafeMutableRawPointer?) -> Void = { pointer in
    guard let pointer else { return }
    Unmanaged<PluginInstance>.fromOpaque(pointer).release()
  }

  static let invoke: @convention(c) (UnsafeMutableRawPointer?, jf_call, UInt32, jf_bytes) -> jf_status = {
    pointer, call, function, arguments in
    guard let pointer else { return jf_status(JF_E_ARGUMENT) }
    return Unmanaged<PluginInstance>.fromOpaque(pointer)._withUnsafeGuaranteedRef {
      $0.invoke(call, function, arguments.buffer)
    }
  }

  static let reconcile: @convention(c) (UnsafeMutableRawPointer?, jf_call, UInt32, jf_bytes) -> jf_status = {
    pointer, call, function, arguments in
    guard let pointer else { return jf_status(JF_E_ARGUMENT) }
    return Unmanaged<PluginInstance>.fromOpaque(pointer).takeUnretainedValue()
      .reconcile(call, function, arguments.buffer)
  }

  static let preview: @convention(c) (UnsafeMutableRawPointer?, jf_call, UInt32, jf_bytes) -> jf_status = {
    pointer, call, function, arguments in
    guard let pointer else { return jf_status(JF_E_ARGUMENT) }
    return Unmanaged<PluginInstance>.fromOpaque(pointer).takeUnretainedValue()
      .preview(call, function, arguments.buffer)
  }

  static let cancel: @convention(c) (UnsafeMutableRawPointer?, jf_call) -> Void = { pointer, call in
    guard let pointer else { return }
    Unmanaged<PluginInstance>.fromOpaque(pointer).takeUnretainedValue().cancel(call)
  }
}

/// Why the last `open` failed: the host may read the message until it calls `open` or `close` again.
private enum OpenFailure {
  private struct Message: Sendable {
    // nonisolated(unsafe): freed only by the next `open`, which the host never runs concurrently with this one.
    nonisolated(unsafe) let bytes: UnsafeMutableBufferPointer<UInt8>
  }

  private static let last = Mutex<Message?>(nil)

  static func keep(_ message: String) -> jf_bytes {
    let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: message.utf8.count)
    _ = copy.initialize(from: message.utf8)
    let message = Message(bytes: copy)
    return last.withLock { last in
      last?.bytes.deallocate()
      last = message
      return jf_bytes(UnsafeRawBufferPointer(message.bytes))
    }
  }
}
