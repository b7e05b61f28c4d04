package import JSONCodec
import PluginABI
import PluginFiles
package import ToolContracts
import WorkerWire

/// A plugin whose code never runs in this process.
package final class WorkerPlugin: ToolSource {
  package let descriptor: PluginDescriptor
  package let digest: String
  private let sealed: SealedDescriptor
  private let image: Outbox.Descriptor
  private let confinement: Confinement
  private let graceNanoseconds: Int64
  private let sandbox: Sandbox
  private let time: any TimeSource
  private let log: PluginLog

  /// Reads the file, and runs none of its code.
  ///
  /// - Parameter graceNanoseconds: what a call has to end by itself, after nobody waits for it any more.
  package init(
    _ path: String, confinement: Confinement = Confinement(), graceNanoseconds: Int64 = 250_000_000,
    in sandbox: Sandbox, time: any TimeSource = SystemTime(), log: @escaping PluginLog
  ) throws(PluginFailure) {
    do throws(PluginFailure) {
      let file = try PluginFile(reading: path)
      sealed = try SealedDescriptor(of: file)
      digest = file.digest
      image = Outbox.Descriptor(try PluginImage(of: file, id: sealed.descriptor.id).intoDescriptor())
    } catch {
      throw PluginFailure(error.code, "\(path) \(error.message)")
    }
    descriptor = sealed.descriptor.waitingForModels
    self.confinement = confinement
    self.graceNanoseconds = graceNanoseconds
    self.sandbox = sandbox
    self.time = time
    self.log = log
  }

  package func open(
    for tenant: TenantID, configuration: JSONValue, services: GrantedServices, receiver: any CallReceiver
  ) throws(PluginFailure) -> any ToolBackend {
    guard configuration.kind == .object else {
      throw PluginFailure(.configurationInvalid, "the configuration of \(descriptor.id) must be an object.")
    }
    let setting = Worker.Setting(
      plugin: descriptor.id, tenant: tenant, services: services, receiver: receiver,
      log: InstanceLog(plugin: descriptor.id, tenant: tenant, time: time, log: log), hostLog: log, time: time,
      graceNanoseconds: graceNanoseconds)
    let functions = descriptor.functions
    return WorkerInstance(
      WorkerInstance.Recipe(
        setting: setting,
        load: Worker.Load(
          image: image, texts: texts(tenant, configuration, services), patienceNanoseconds: Self.patience),
        confinement: confinement, tableIndices: sealed.tableIndices,
        loose: Set(functions.indices.filter { functions[$0].mayPend }), digest: digest),
      in: sandbox)
  }

  /// What loading and opening may take.
  private static let patience: Int64 = 5_000_000_000

  /// What the file says of a function; the code has to say the same.
  private func line(of claim: SealedDescriptor.FunctionClaim) -> String {
    var flags: UInt32 = 0
    if claim.mayPend { flags |= UInt32(JF_FUNCTION_MAY_PEND) }
    if claim.isSerial { flags |= UInt32(JF_FUNCTION_SERIAL) }
    return "\(claim.kind?.tableValue ?? -1) \(claim.effect.tableValue) \(flags) \(claim.name)"
  }

  private func texts(_ tenant: TenantID, _ configuration: JSONValue, _ services: GrantedServices) -> [UInt8] {
    let mayReadConfiguration = descriptor.services.contains(JF_SERVICE_CONFIG)
    func lines(_ names: [String]) -> [UInt8] { names.flatMap { Array($0.utf8) + [UInt8(ascii: "\n")] } }
    return WireTexts.list([
      Array(descriptor.id.utf8), Array(descriptor.version.utf8), Array(tenant.description.utf8),
      mayReadConfiguration ? configuration.serialized() : [], lines(services.names),
      lines(sealed.claims.map(line(of:))),
    ])
  }
}

extension PluginDescriptor {
  /// Models are waited for, by hundreds of calls at a time: in a worker none of them keeps a thread of the host.
  fileprivate var waitingForModels: PluginDescriptor {
    var descriptor = self
    for index in functions.indices where functions[index].kind == .chat {
      descriptor.functions[index].mayPend = true
    }
    return descriptor
  }
}
