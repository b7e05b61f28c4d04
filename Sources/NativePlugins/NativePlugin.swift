package import JSONCodec
import Locking
import PluginFiles
import PluginABI
package import ToolContracts

/// A plugin whose code runs in this process, because the operator trusts it.
package final class NativePlugin: ToolSource {
  package let descriptor: PluginDescriptor
  package let digest: String
  private let library: LoadedLibrary
  private let tableIndices: [UInt32]
  private let time: any TimeSource
  private let log: PluginLog

  init(
    _ sealed: SealedDescriptor, digest: String, library: LoadedLibrary, time: any TimeSource,
    log: @escaping PluginLog
  ) {
    descriptor = sealed.descriptor
    tableIndices = sealed.tableIndices
    self.digest = digest
    self.library = library
    self.time = time
    self.log = log
  }

  package func open(
    for tenant: TenantID, configuration: JSONValue, services: GrantedServices,
    receiver: any CallReceiver
  ) throws(PluginFailure) -> any ToolBackend {
    guard configuration.kind == .object else {
      throw PluginFailure(.configurationInvalid, "the configuration of \(descriptor.id) must be an object.")
    }
    let host = HostTable(
      receiver: receiver,
      configuration: descriptor.services.contains(JF_SERVICE_CONFIG) ? configuration.serialized() : nil,
      services: ServiceExchange(services, for: tenant, receiver: receiver, time: time),
      log: InstanceLog(plugin: descriptor.id, tenant: tenant, time: time, log: log))
    let instance = try open(for: tenant, host: host)
    return NativeInstance(instance, of: library, tableIndices: tableIndices, host: host)
  }

  private func open(for tenant: TenantID, host: HostTable) throws(PluginFailure) -> UnsafeMutableRawPointer? {
    var instance: UnsafeMutableRawPointer?
    var message = ""
    var tenantText = tenant.description
    let status = tenantText.withUTF8 { text in
      var info = jf_open_info(
        size: UInt32(MemoryLayout<jf_open_info>.size), flags: 0,
        tenant: jf_bytes(ptr: text.baseAddress, len: UInt64(text.count)))
      var error = jf_bytes()
      return library.mainLock.withLock { _ in
        let status = CallStatus(rawValue: library.table.open(host.pointer, &info, &instance, &error))
        // Read inside the lock: the next [main] function may overwrite it.
        if status != .ok { message = String(message: error, atMost: 4096) }
        return status
      }
    }
    guard status == .ok else {
      let reason = message.isEmpty ? "status \(status.rawValue) and no message" : message
      throw PluginFailure(.openFailed, "\(descriptor.id) cannot be opened for tenant \(tenant): \(reason)")
    }
    return instance
  }
}
