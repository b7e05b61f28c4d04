import Authorization
import Glibc
import Invocation
import JSONCodec
import Locking
import PluginChecking
import Storage
import Telemetry
import ToolContracts
import ToolRegistry
import WorkerPlugins

/// A plugin where untrusted ones run: in a worker, shut in as far as can be, called through the pipeline of a host.
struct ConfinedTrial: Sendable {
  let locations: Locations

  private static let timeout: Int64 = 10_000_000_000

  /// Makes the calls that the plugin has answered outside of a worker.
  func findings(on report: CheckReport) async -> [Finding] {
    guard let descriptor = report.descriptor, !report.calls.isEmpty, let tenant = TenantID("check") else {
      return []
    }
    guard access(locations.worker, X_OK) == 0 else {
      return [Finding(.notChecked, at: "worker", "\(locations.worker) is not there")]
    }
    let heard = Lock<[String]>([])
    guard let sandbox = Sandbox(program: locations.worker) else {
      return [Finding(.notChecked, at: "worker", "the system has no thread or descriptor left for a worker")]
    }
    defer { sandbox.stop() }
    let plugin: WorkerPlugin
    do throws(PluginFailure) {
      plugin = try WorkerPlugin(
        report.file, confinement: Confinement(level: .strict), in: sandbox,
        log: { line in if line.level == .error { heard.withLock { $0.append(line.message) } } })
    } catch { return [Finding(.sandboxRefused, at: "worker", error.message)] }
    let builder = RegistryBuilder()
    builder.add(plugin)
    let lanes = LanePool(laneCount: 1)
    defer { lanes.shutDown() }
    builder.add(
      tenant,
      TenantAssignment(
        policy: AccessPolicy(revision: "check", enabled: [descriptor.id: [NamePattern("*")]]),
        configurations: [descriptor.id: report.configuration]),
      receiver: lanes)
    let findings = await call(
      report.calls, of: descriptor.id, for: Principal(tenant: tenant, user: ""), builder.snapshot(), lanes,
      heard)
    for instance in builder.instances { instance.close() }
    return findings
  }

  private func call(
    _ calls: [(function: String, arguments: JSONValue)], of plugin: String, for principal: Principal,
    _ registry: RegistrySnapshot, _ lanes: LanePool, _ heard: Lock<[String]>
  ) async -> [Finding] {
    let time = SystemTime()
    let identifiers = RandomIdentifiers(time: time)
    let pipeline = InvocationPipeline(
      registry: RegistryState(registry), lanes: lanes, journal: MemoryJournal(), time: time, log: .none,
      metrics: Metrics())
    var findings: [Finding] = []
    for call in calls {
      guard let tool = ToolName("\(plugin).\(call.function)") else { continue }
      let request = CallRequest(
        tool: tool, arguments: call.arguments.serialized(), principal: principal,
        call: CallID(run: identifiers.makeRunID(), step: 1), timeoutNanoseconds: Self.timeout)
      let outcome = await Task(executorPreference: lanes) { await pipeline.call(request) }.value
      guard case .failure(let failure) = outcome else { continue }
      let reason = heard.withLock { $0.last } ?? failure.detail ?? failure.message
      // Nothing of the plugin's.
      if reason.hasPrefix(PluginFailure.Code.confinementUnavailable.rawValue) {
        return [Finding(.notChecked, .note, at: "worker", "this system has no strict sandbox: \(reason)")]
      }
      findings.append(
        Finding(
          .sandboxRefused, at: call.function,
          "its example \(call.arguments.text), answered outside of a worker, is answered \(failure.code.rawValue) in one: \(reason)"
        ))
    }
    return findings
  }
}
