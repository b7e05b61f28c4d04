import CWorkerWire
import Locking
import PluginFiles
package import ToolContracts

/// Makes confined processes, and keeps some ready for each kind that is in use, so that who needs one pays for loading a
/// plugin alone: one, and another for each time that none was there.
package final class Sandbox: Sendable {
  /// What this system has of the layers.
  package struct Report: Sendable {
    package var layers: Layers
    /// For each layer that does not work: its name, what is missing, and the remedy.
    package var problems: [String]

    package var best: Confinement.Level? {
      if layers.isSuperset(of: .strict) { return .strict }
      return layers.isSuperset(of: .standard) ? .standard : nil
    }
  }
  private struct Kind: Hashable {
    let layers: Layers
    let confinement: Confinement
  }
  private struct State {
    var report: Result<Report, PluginFailure>?
    var stocks: [Kind: Stock] = [:]
    var isStopped = false
  }
  private struct Stock {
    var ready: [WorkerProcess] = []
    var onOrder = 0
    var wanted = 1
    var isTaken = false

    private static let most = 3

    /// Somebody came, and there was none.
    mutating func missed() {
      // The first of its kind has nobody who could have ordered one.
      if isTaken { wanted = min(wanted + 1, Self.most) }
      isTaken = true
    }

    /// - Returns: how many to have made.
    mutating func order() -> Int {
      let missing = max(0, wanted - ready.count - onOrder)
      onOrder += missing
      return missing
    }
  }

  let loop: EventLoop
  let quarantine = Quarantine()
  private let zygote: Zygote
  private let state = Lock(State())

  /// Nil where the system has no thread or descriptor left.
  ///
  /// - Parameter program: path of jackfield-worker.
  package init?(program: String, time: any TimeSource = SystemTime()) {
    guard let loop = EventLoop(time: time) else { return nil }
    self.loop = loop
    zygote = Zygote(program: program, runtimeFolder: runtimeFolder ?? "", loop: loop)
  }

  /// Ends every worker at once. Blocks until nothing is left of them.
  package func stop() {
    let ready = state.withLock { state in
      state.isStopped = true
      defer { state.stocks = [:] }
      return state.stocks
    }
    withExtendedLifetime(ready) {}
    loop.stop()
    zygote.stop()
  }

  // MARK: What works here

  /// Found out once, by trying. Blocks until then.
  package func examine() -> Result<Report, PluginFailure> {
    if let report = state.withLock({ $0.report }) { return report }
    let answer = Condition<Result<Report, PluginFailure>?>(nil)
    zygote.hello { reply in
      let report = Self.report(reply)
      answer.withLock { $0 = report }
      answer.broadcast()
    }
    let report =
      answer.wait(nanoseconds: Self.patience) { $0 }
      ?? .failure(PluginFailure(.loadFailed, "cannot be run: the zygote does not answer."))
    // What failed is tried again: it may have been the moment.
    if case .success = report { state.withLock { $0.report = report } }
    return report
  }

  private static let patience: Int64 = 10_000_000_000

  private static func report(_ reply: Zygote.Reply?) -> Result<Report, PluginFailure> {
    guard let reply else {
      return .failure(PluginFailure(.loadFailed, "cannot be run: the program jackfield-worker does not run."))
    }
    guard reply.header.status == 0 else {
      return .failure(PluginFailure(.loadFailed, "cannot be run: \(reply.text)"))
    }
    return .success(
      Report(
        layers: Layers(rawValue: reply.header.kind),
        problems: reply.text.split(separator: "\n").map(String.init)))
  }

  /// Confines a process at `level`, and ends it again. Blocks until then.
  package func attempt(_ level: Confinement.Level) throws(PluginFailure) {
    _ = try make(Kind(layers: try layers(for: level), confinement: Confinement(level: level)))
  }

  /// The layers that an operator's level comes to on this system.
  func layers(for level: Confinement.Level?) throws(PluginFailure) -> Layers {
    let report = try examine().get()
    let needed: Layers
    switch level {
    case .strict: needed = .strict
    case .standard: needed = .standard
    case nil: needed = report.best == .strict ? .strict : .standard
    }
    guard report.layers.isSuperset(of: needed) else {
      let missing = Layers.names.filter { needed.contains($0.layer) && !report.layers.contains($0.layer) }
      let reasons = report.problems.filter { problem in missing.contains { problem.hasPrefix($0.name) } }
      throw PluginFailure(
        .confinementUnavailable,
        "cannot be confined at level \(level?.rawValue ?? "standard"): \(reasons.joined(separator: "; "))")
    }
    return needed.union(report.layers.intersection(.welcome))
  }

  // MARK: Workers

  /// A process that is confined and has no plugin yet. Blocks where none is ready.
  func process(for confinement: Confinement) throws(PluginFailure) -> WorkerProcess {
    let kind = Kind(layers: try layers(for: confinement.level), confinement: confinement)
    defer { order(kind) }
    while let ready = state.withLock({ $0.stocks[kind]?.ready.popLast() }) {
      if ready.isRunning { return ready }
    }
    state.withLock { $0.stocks[kind, default: Stock()].missed() }
    return try make(kind)
  }

  private func make(_ kind: Kind) throws(PluginFailure) -> WorkerProcess {
    let made = Condition<Result<WorkerProcess, PluginFailure>?>(nil)
    zygote.spawn(kind.layers, kind.confinement) { process in
      made.withLock { $0 = process }
      made.broadcast()
    }
    guard let process = made.wait(nanoseconds: Self.patience, until: { $0 }) else {
      throw PluginFailure(.loadFailed, "cannot be run: no worker is made.")
    }
    return try process.get()
  }

  /// Has one made while nobody waits for it, so that it is there when it is needed.
  package func prepare(_ confinement: Confinement) throws(PluginFailure) {
    order(Kind(layers: try layers(for: confinement.level), confinement: confinement))
  }

  private func order(_ kind: Kind) {
    let missing = state.withLock { state in
      state.isStopped ? 0 : state.stocks[kind, default: Stock()].order()
    }
    for _ in 0..<missing {
      zygote.spawn(kind.layers, kind.confinement) { [weak self] process in
        guard let self else { return }
        state.withLock { state in
          guard !state.isStopped else { return }
          state.stocks[kind]?.onOrder -= 1
          if case .success(let process) = process { state.stocks[kind]?.ready.append(process) }
        }
      }
    }
  }
}
