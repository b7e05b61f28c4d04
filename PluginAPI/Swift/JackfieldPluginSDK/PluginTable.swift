internal import Glibc
internal import PluginABI
internal import Synchronization

/// The C side of a plugin. What it hands to the host is allocated once and never freed, as the header promises.
///
/// One shared object holds one plugin: `open` has no argument by which two could be told apart.
enum PluginTable {
  private struct Registration: Sendable {
    let plugin: ObjectIdentifier
    // nonisolated(unsafe): written before it is published, and constant from then on.
    nonisolated(unsafe) let table: UnsafePointer<jf_plugin>
    let open: @Sendable (OpenContext) throws -> PluginInstance
  }

  private static let registration = Mutex<Registration?>(nil)

  static func make<P: Plugin>(_ plugin: P.Type, hostABI: UInt32) -> UnsafePointer<jf_plugin>? {
    guard hostABI >> 16 == 1 else { return nil }
    return registration.withLock { registered in
      if let registered {
        return registered.plugin == ObjectIdentifier(plugin) ? registered.table : nil
      }
      do {
        let table = try build(plugin)
        registered = Registration(plugin: ObjectIdentifier(plugin), table: table) { opening in
          let instance = try P(opening)
          let functions = P.functions.map { $0.bind(instance) }
          return PluginInstance(instance, functions, host: opening.host)
        }
        return table
      } catch {
        let line = "plugin \"\(P.id)\": \(error)\n"
        line.withBytes { _ = write(STDERR_FILENO, $0.ptr, Int($0.len)) }
        return nil
      }
    }
  }

  /// A new instance; nil before there is a table.
  static func open(_ opening: OpenContext) throws -> PluginInstance? {
    try registration.withLock { $0?.open }?(opening)
  }

  private static func build<P: Plugin>(_ plugin: P.Type) throws -> UnsafePointer<jf_plugin> {
    let descriptor = try Descriptor.document(of: plugin).text
    let declarations = P.functions.map(\.declaration)
    let functions = UnsafeMutablePointer<jf_function>.allocate(capacity: declarations.count)
    for (index, declaration) in declarations.enumerated() {
      (functions + index).initialize(
        to: jf_function(
          size: UInt32(MemoryLayout<jf_function>.size), kind: declaration.abiKind,
          effect: declaration.abiEffect,
          flags: declaration.abiFlags, name: permanent(declaration.name)))
    }
    let table = UnsafeMutablePointer<jf_plugin>.allocate(capacity: 1)
    table.initialize(
      to: jf_plugin(
        size: UInt32(MemoryLayout<jf_plugin>.size), abi_built: 1 << 16 | 1, abi_oldest: 1 << 16, flags: 0,
        id: permanent(P.id), version: permanent(P.version), functions: functions,
        function_stride: UInt32(MemoryLayout<jf_function>.stride), function_count: UInt32(declarations.count),
        descriptor: permanent(descriptor), open: PluginInstance.open, close: PluginInstance.close,
        invoke: PluginInstance.invoke, cancel: PluginInstance.cancel,
        reconcile: PluginInstance.reconcile, preview: PluginInstance.preview))
    return UnsafePointer(table)
  }

  /// A copy that lives as long as the process.
  private static func permanent(_ string: String) -> jf_bytes {
    let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: string.utf8.count)
    _ = copy.initialize(from: string.utf8)
    return jf_bytes(UnsafeRawBufferPointer(copy))
  }
}
