import HostServices
import Invocation
import Locking
import Manifests
import OutgoingHTTP
import SQLiteStorage
import Storage
import Telemetry
import ToolContracts

/// What plugins may ask of this host. What nobody was granted is not started; what was started stays until the host ends,
/// whatever is granted anew.
final class PluginServices: Sendable {
  private struct Started {
    var store: (any KeyValueStore)?
    var transfers: TransferThread?
  }
  private let started = Lock(Started())
  private let keepsNothing: Bool
  private let locations: Locations
  private let lanes: LanePool
  private let uses: JournaledUses
  private let caller = LateCaller()
  private let time: any TimeSource
  private let log: Log

  init(
    _ configuration: Configuration, _ locations: Locations, lanes: LanePool, journal: any RunJournal,
    time: any TimeSource, log: Log
  ) {
    keepsNothing = configuration.host.journal.store == .memory
    self.locations = locations
    self.lanes = lanes
    uses = JournaledUses(journal, time: time, log: log)
    self.time = time
    self.log = log
  }

  /// The pipeline is made of what the services are a part of; until it is told, there is no tool to call.
  func callThrough(_ pipeline: any ToolCaller) { caller.pipeline.withLock { $0 = pipeline } }

  /// By plugin, as the tenant's manifest says, and which secrets cannot be had: requests that need them are denied.
  func granted(
    by tenant: TenantManifest, of host: HostManifest
  ) -> (services: [String: GrantedServices], problems: [ManifestError]) {
    var services: [String: GrantedServices] = [:]
    var problems: [ManifestError] = []
    for plugin in tenant.plugins where services[plugin.id] == nil {
      let secrets = PluginSecrets(of: plugin)
      services[plugin.id] = granted(to: plugin, of: tenant.name, host, secrets.values)
      problems += secrets.problems
    }
    return (services, problems)
  }

  private func granted(
    to plugin: PluginEnablement, of tenant: TenantID, _ host: HostManifest, _ secrets: SecretValues
  ) -> GrantedServices {
    let user = ServiceUser(tenant: tenant, plugin: plugin.id)
    var granted: [String: any HostService] = [:]
    if let grant = plugin.services.keyValue, let store = store() {
      granted["jf.kv/1"] = KeyValueService(
        store, space: KeySpace(tenant: tenant, plugin: plugin.id),
        quota: KeySpaceQuota(keys: grant.maxKeys, bytes: grant.maxBytes), time: time)
    }
    if let grant = plugin.services.http, let transfers = transfers() {
      granted["jf.http/1"] = HTTPService(
        transfers,
        HTTPClient(
          user, grant: grant, secrets: secrets, privateOrigins: host.privateOrigins,
          authorities: host.authorities, audit: uses.record))
    }
    if let grant = plugin.services.call {
      granted["jf.call/1"] = CallService(
        user, grant: grant, caller: caller, executor: lanes, time: time, audit: uses.record)
    }
    if plugin.services.ask { granted["jf.ask/1"] = AskService(receiver: lanes) }
    return GrantedServices(granted)
  }

  func usesWritten() async { await uses.written() }

  func close() async {
    let ended = started.withLock { started in
      defer { started = Started() }
      return started
    }
    ended.transfers?.close()
    await ended.transfers?.ended()
    await uses.written()
    await ended.store?.close()
  }

  // Asked by one thread at a time: whoever assembles.

  private func store() -> (any KeyValueStore)? {
    if let store = started.withLock({ $0.store }) { return store }
    let opened = openStore()
    started.withLock { $0.store = opened }
    return opened
  }

  private func transfers() -> TransferThread? {
    if let transfers = started.withLock({ $0.transfers }) { return transfers }
    let made = TransferThread.start(time: time)
    if made == nil { log.error("there is no thread left to send plugins' requests with") }
    started.withLock { $0.transfers = made }
    return made
  }

  /// A plugin whose store cannot be opened does without; it is told so by there being none.
  private func openStore() -> (any KeyValueStore)? {
    if keepsNothing { return MemoryKeyValueStore(time: time) }
    do throws(StorageFailure) { return try SQLiteKeyValueStore(path: locations.values, time: time) } catch {
      log.error("plugins have no store for their values", ["reason": "\(error.description)"])
      return nil
    }
  }
}

/// The pipeline, once there is one.
private final class LateCaller: ToolCaller {
  let pipeline = Lock<(any ToolCaller)?>(nil)

  func result(of request: CallRequest) async -> Result<[UInt8], InvocationFailure> {
    guard let pipeline = pipeline.withLock({ $0 }) else {
      return .failure(InvocationFailure(.unavailable, "no tool can be called yet"))
    }
    return await pipeline.result(of: request)
  }
}
