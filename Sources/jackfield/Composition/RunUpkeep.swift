import FlowEngine
import Invocation
import Locking
import Manifests
import Storage
import Telemetry
import ToolContracts

/// What a host that stays does about the runs in its journal, beside what it is asked: it goes on with those that other
/// hosts have left, and with those whose questions nobody answers in time, and removes those that ended long ago.
final class RunUpkeep: Sendable {
  /// How long the host waits, when it ends, for runs that nobody waits for.
  private static let graceNanoseconds: Int64 = 5_000_000_000

  private let flows: FlowRunner
  private let isEnding = Lock(false)
  private let hasEnded = Condition(false)

  /// Begins at once, on the host's lanes.
  init(_ host: Host, _ settings: RunSettings) {
    flows = host.flows
    flows.expireQuestions()
    Task(executorPreference: host.lanes) { [self] in
      if settings.onStart == .resume { await recover(host) }
      hasEnded.withLock { $0 = true }
      hasEnded.broadcast()
    }
    if !RunRetention(settings).keepsAll || settings.onStart == .resume {
      look(host, settings, isFirst: true)
    }
  }

  /// Begins nothing more, and waits a while for what goes on. What is not at its end by then stays open, for the next
  /// host. Blocks.
  func end() {
    isEnding.withLock { $0 = true }
    flows.stopExpiring()
    _ = hasEnded.wait(nanoseconds: RunUpkeep.graceNanoseconds) { $0 ? true : nil }
  }

  private func recover(_ host: Host) async {
    let report = await host.flows.recover(host.principal.tenant) { [self] in isEnding.withLock { $0 } }
    guard report != RecoveryReport() else { return }
    host.log.info(
      "runs of hosts that stopped were gone on with",
      ["ended": LogValue(report.ended), "failed": LogValue(report.failed)])
    if report.waiting > 0 {
      host.log.warning(
        "runs wait for a person: jackfield run list --in-doubt", ["runs": LogValue(report.waiting)])
    }
  }

  /// Once, and again after each pause.
  private func look(_ host: Host, _ settings: RunSettings, isFirst: Bool = false) {
    Task(executorPreference: host.lanes) { [weak self] in
      let retention = RunRetention(settings)
      if !retention.keepsAll { await self?.removeEnded(retention, host) }
      // Of runs that have come to wait in other processes since; `recover` has looked at those that waited before.
      if settings.onStart == .resume, !isFirst {
        await host.flows.expireQuestions(in: host.principal.tenant)
      }
    }
    let next = host.time.now().advanced(by: settings.lookEveryNanoseconds)
    _ = host.lanes.schedule(at: next) { [weak self] in
      if let self, !isEnding.withLock({ $0 }) { look(host, settings) }
    }
  }

  private func removeEnded(_ retention: RunRetention, _ host: Host) async {
    let tenant = host.principal.tenant
    do throws(StorageFailure) {
      guard
        let moment = try await host.journal.endOfRetention(
          retention, of: tenant, now: host.time.wallClock())
      else { return }
      let count = try await host.journal.removeRuns(of: tenant, endedBefore: moment) { [self] in
        isEnding.withLock { $0 }
      }
      if count > 0 { host.log.info("old runs were removed", ["runs": LogValue(count)]) }
    } catch {
      // The host may have ended meanwhile.
      if error.code != .closed { host.log.error("old runs cannot be removed", ["reason": "\(error)"]) }
    }
  }
}

extension RunRetention {
  init(_ settings: RunSettings) {
    self.init(
      nanoseconds: settings.keepNanoseconds, count: settings.keepAtMost, bytes: settings.keepAtMostBytes)
  }
}
