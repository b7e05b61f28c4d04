import FlowEngine
import Locking
import Manifests
import Telemetry
import ToolContracts

/// What a host that stays does about the runs in its journal, beside what it is asked: it goes on with those that other
/// hosts have left.
final class RunUpkeep: Sendable {
  /// How long the host waits, when it ends, for runs that nobody waits for.
  private static let graceNanoseconds: Int64 = 5_000_000_000

  private let isEnding = Lock(false)
  private let hasEnded = Condition(false)

  /// Begins at once, on the host's lanes.
  init(_ host: Host, _ settings: RunSettings) {
    Task(executorPreference: host.lanes) { [self] in
      if settings.onStart == .resume { await recover(host) }
      hasEnded.withLock { $0 = true }
      hasEnded.broadcast()
    }
  }

  /// Begins nothing more, and waits a while for what goes on. What is not at its end by then stays open, for the next
  /// host. Blocks.
  func end() {
    isEnding.withLock { $0 = true }
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
}
