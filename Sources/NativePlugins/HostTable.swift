import CPluginLoading
import Glibc
import PluginABI
import ToolContracts

/// What one instance sees of the host: the C table and the memory behind it. Lives as long as the instance.
///
/// Everything that comes in is a plugin's word: null pointers, lengths and numbers are checked here, call handles by the
/// receiver.
final class HostTable: @unchecked Sendable {
  // @unchecked: what the pointers lead to is written in `init` and never again.
  let pointer: UnsafeMutablePointer<jf_host>
  let receiver: any CallReceiver
  let log: InstanceLog
  let services: ServiceExchange
  /// Nil where the service is not granted.
  private let configurationService: UnsafeMutablePointer<jf_service_config>?
  private let configurationText: UnsafeMutableBufferPointer<UInt8>

  /// - Parameter configuration: JSON text; nil where the plugin may not read it.
  init(
    receiver: any CallReceiver, configuration: [UInt8]?, services: ServiceExchange, log: InstanceLog
  ) {
    self.receiver = receiver
    self.log = log
    self.services = services
    pointer = .allocate(capacity: 1)
    configurationText = .allocate(capacity: configuration?.count ?? 0)
    _ = configurationText.initialize(from: configuration ?? [])
    configurationService = configuration.map { _ in .allocate(capacity: 1) }
    configurationService?.initialize(
      to: jf_service_config(
        size: UInt32(MemoryLayout<jf_service_config>.size), flags: 0, json: configurationOfHost))
    pointer.initialize(
      to: jf_host(
        size: UInt32(MemoryLayout<jf_host>.size), abi: plugin_host_abi(),
        context: Unmanaged.passUnretained(self).toOpaque(), service: serviceOfHost, log: logToHost,
        complete: completeCall, emit: emitFromCall, progress: progressOfCall, remaining_ns: remainingOfCall,
        info: infoOfCall))
  }

  deinit {
    pointer.deallocate()
    configurationService?.deallocate()
    configurationText.deallocate()
  }

  fileprivate func service(_ name: UnsafePointer<CChar>) -> UnsafeRawPointer? {
    guard strcmp(name, JF_SERVICE_CONFIG) == 0 else { return services.table(name) }
    return configurationService.map { UnsafeRawPointer($0) }
  }

  fileprivate var configuration: jf_bytes {
    jf_bytes(ptr: configurationText.baseAddress, len: UInt64(configurationText.count))
  }

  /// In the call's own memory, so that it lives as long as the call.
  fileprivate func info(_ call: CallHandle) -> UnsafePointer<jf_call_info>? {
    guard let info = receiver.info(call) else { return nil }
    let texts = [info.tenant.description, info.call.run.description, info.call.description]
    let size = MemoryLayout<jf_call_info>.size
    let memory = receiver.attachment(call, byteCount: texts.reduce(size) { $0 + $1.utf8.count }) { memory in
      var end = memory + size
      let placed = texts.map { text in
        let bytes = Array(text.utf8)
        end.copyMemory(from: bytes, byteCount: bytes.count)
        defer { end += bytes.count }
        return jf_bytes(ptr: UnsafePointer(end.assumingMemoryBound(to: UInt8.self)), len: UInt64(bytes.count))
      }
      memory.initializeMemory(
        as: jf_call_info.self,
        to: jf_call_info(
          size: UInt32(size), attempt: info.attempt, tenant: placed[0], run: placed[1],
          idempotency_key: placed[2]))
    }
    return memory.map { UnsafePointer($0.assumingMemoryBound(to: jf_call_info.self)) }
  }

  /// Answers `otherwise` for a pointer that cannot be a host table.
  @inline(__always)
  static func with<Result>(
    _ host: UnsafePointer<jf_host>?, otherwise: Result, _ body: (HostTable) -> Result
  ) -> Result {
    guard let context = host?.pointee.context else { return otherwise }
    // Without a retain: a plugin that calls has an open instance, and that owns the table.
    return Unmanaged<HostTable>.fromOpaque(context)._withUnsafeGuaranteedRef(body)
  }
}

// What the table's slots lead to. No value that a plugin can pass makes them trap.

/// More than any limit on results allows: a length beyond it is not a length.
let longestPayload: UInt64 = 1 << 30
private let longestEvent: UInt64 = 16 << 20

private func serviceOfHost(_ host: UnsafePointer<jf_host>?, _ name: UnsafePointer<CChar>?)
  -> UnsafeRawPointer?
{
  guard let name else { return nil }
  return HostTable.with(host, otherwise: nil) { $0.service(name) }
}

private func configurationOfHost(_ host: UnsafePointer<jf_host>?) -> jf_bytes {
  HostTable.with(host, otherwise: jf_bytes(ptr: nil, len: 0)) { $0.configuration }
}

private func logToHost(
  _ host: UnsafePointer<jf_host>?, _ level: Int32, _ message: jf_bytes, _ fields: jf_bytes
) {
  HostTable.with(host, otherwise: ()) {
    $0.log.write(
      level: level, message: .init(beginningOf: message, atMost: InstanceLog.longest),
      fields: .init(beginningOf: fields, atMost: InstanceLog.longest))
  }
}

private func completeCall(
  _ host: UnsafePointer<jf_host>?, _ call: jf_call, _ status: jf_status, _ payload: jf_bytes
) -> jf_status {
  HostTable.with(host, otherwise: CallStatus.argument.rawValue) { table in
    let handle = CallHandle(rawValue: call)
    // The payload may be what a service answered: that goes once it was copied.
    defer { table.services.ended(handle) }
    guard status <= CallStatus.ok.rawValue,
      let payload = UnsafeRawBufferPointer(passed: payload, atMost: longestPayload)
    else {
      // A call is completed once, and this was it: its caller must not wait for the deadline to hear that it failed.
      _ = table.receiver.complete(
        handle, status: .internal, payload: UnsafeRawBufferPointer(start: nil, count: 0))
      return CallStatus.argument.rawValue
    }
    return table.receiver.complete(handle, status: CallStatus(ofPlugin: status), payload: payload).rawValue
  }
}

private func emitFromCall(
  _ host: UnsafePointer<jf_host>?, _ call: jf_call, _ event: Int32, _ data: jf_bytes
) -> jf_status {
  guard data.len <= longestEvent else { return CallStatus.limit.rawValue }
  guard let data = UnsafeRawBufferPointer(passed: data, atMost: longestEvent) else {
    return CallStatus.argument.rawValue
  }
  return HostTable.with(host, otherwise: CallStatus.argument.rawValue) {
    $0.receiver.emit(CallHandle(rawValue: call), event: event, data: data).rawValue
  }
}

private func progressOfCall(
  _ host: UnsafePointer<jf_host>?, _ call: jf_call, _ done: Double, _ total: Double, _ note: jf_bytes
) -> jf_status {
  guard done.isFinite, total.isFinite else { return CallStatus.argument.rawValue }
  let progress = CallProgress(done: done, total: total, note: String(message: note, atMost: 4096))
  return HostTable.with(host, otherwise: CallStatus.argument.rawValue) {
    $0.receiver.progress(CallHandle(rawValue: call), progress).rawValue
  }
}

private func remainingOfCall(_ host: UnsafePointer<jf_host>?, _ call: jf_call) -> Int64 {
  HostTable.with(host, otherwise: 0) { $0.receiver.remainingNanoseconds(CallHandle(rawValue: call)) }
}

private func infoOfCall(_ host: UnsafePointer<jf_host>?, _ call: jf_call) -> UnsafePointer<jf_call_info>? {
  HostTable.with(host, otherwise: nil) { $0.info(CallHandle(rawValue: call)) }
}
