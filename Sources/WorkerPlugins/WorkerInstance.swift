import CWorkerWire
import JSONCodec
import Locking
package import ToolContracts
import WorkerWire

/// A plugin for one tenant, in a process of its own: started when it is first called, and again after it has ended.
package final class WorkerInstance: ToolBackend {
  /// What it takes to start one.
  struct Recipe: Sendable {
    let setting: Worker.Setting
    let load: Worker.Load
    let confinement: Confinement
    /// For each function of the descriptor, its number in the plugin's table.
    let tableIndices: [UInt32]
    /// Which functions may go on after they have returned.
    let loose: Set<Int>
    /// What makes the plugin's file that file: quarantine is for it alone.
    let digest: String
  }
  private struct State {
    var worker: Worker?
    /// Take no calls any more, and have some that are not over.
    var former: [Worker] = []
    var isStarting = false
    var isClosed = false
    /// Why it cannot be started, and until when that is believed.
    var failure: (why: PluginFailure, until: MonotonicTime)?
    var failuresInARow = 0
  }
  private let recipe: Recipe
  private let sandbox: Sandbox
  private let state = Condition(State())

  init(_ recipe: Recipe, in sandbox: Sandbox) {
    self.recipe = recipe
    self.sandbox = sandbox
  }

  deinit { close() }

  // MARK: Calls

  package func invoke(_ call: CallHandle, function: Int, arguments: UnsafeRawBufferPointer) -> CallStatus {
    ask(call, function, arguments)
  }

  package func reconcile(
    _ call: CallHandle, function: Int, arguments: UnsafeRawBufferPointer
  ) -> CallStatus { ask(call, function, arguments, flags: UInt16(WIRE_RECONCILE)) }

  package func preview(_ call: CallHandle, function: Int, arguments: UnsafeRawBufferPointer) -> CallStatus {
    ask(call, function, arguments, flags: UInt16(WIRE_PREVIEW))
  }

  /// - Parameter flags: what of the plugin is meant, if not the function itself. Where it has none of it, the worker says so.
  private func ask(
    _ call: CallHandle, _ function: Int, _ arguments: UnsafeRawBufferPointer, flags: UInt16 = 0
  ) -> CallStatus {
    guard recipe.tableIndices.indices.contains(function), let info = recipe.setting.receiver.info(call) else {
      return .argument
    }
    let remaining = recipe.setting.receiver.remainingNanoseconds(call)
    let deadline = recipe.setting.time.now().advanced(by: remaining)
    var header = wire_header(about: WIRE_INVOKE, call: call.rawValue)
    header.flags = flags
    header.kind = recipe.tableIndices[function]
    header.count = info.attempt
    header.request = UInt64(max(0, deadline.nanoseconds))
    let payload = InvokePayload.list(info.call, arguments)
    let open = Worker.OpenCall(
      waits: !recipe.pends(function), deadline: deadline,
      graceNanoseconds: info.graceNanoseconds ?? recipe.setting.graceNanoseconds)
    // A worker may end between being found and being asked; one that does so every time is broken.
    for _ in 0..<3 {
      let worker: Worker
      do throws(PluginFailure) { worker = try ready() } catch { return refusal(error) }
      let begun = payload.withUnsafeBytes { worker.call(call, header, $0, open) }
      if case .status(let status) = begun { return status }
      forget(worker)
    }
    return .unavailable
  }

  /// The reason is for the operator, who was told.
  private func refusal(_ failure: PluginFailure) -> CallStatus {
    failure.code == .quarantined ? .quarantined : .unavailable
  }

  package func cancel(_ call: CallHandle) {
    let (worker, former) = state.withLock { ($0.worker, $0.former) }
    worker?.cancel(call)
    for worker in former { worker.cancel(call) }
  }

  package func close() {
    let worker = state.withLock { state in
      state.isClosed = true
      return state.worker.take()
    }
    worker?.close()
    recipe.setting.log.finish()
  }

  // MARK: Workers

  /// The worker that takes calls now. Blocks while one is started.
  private func ready() throws(PluginFailure) -> Worker {
    enum Turn {
      case worker(Worker)
      case failure(PluginFailure)
      case start
    }
    if let worker = state.withLock({ $0.worker }) { return worker }
    // The operator has read of it when it was put there.
    if let reason = sandbox.quarantine.reason(recipe.quarantineKey) {
      throw PluginFailure(.quarantined, reason)
    }
    let now = recipe.setting.time.now()
    let turn = state.wait { state -> Turn? in
      if let worker = state.worker { return .worker(worker) }
      if state.isClosed { return .failure(PluginFailure(.openFailed, "is closed.")) }
      if let failure = state.failure, now < failure.until { return .failure(failure.why) }
      if state.isStarting { return nil }
      state.isStarting = true
      return .start
    }
    switch turn {
    case .worker(let worker): return worker
    case .failure(let failure): throw failure
    case .start: return try start()
    }
  }

  private func start() throws(PluginFailure) -> Worker {
    let made: Result<Worker, PluginFailure>
    do throws(PluginFailure) { made = .success(try makeWorker()) } catch { made = .failure(error) }
    let now = recipe.setting.time.now()
    let isClosed = state.withLock { state in
      state.isStarting = false
      switch made {
      case .success(let worker):
        state.failure = nil
        state.failuresInARow = 0
        if !state.isClosed { state.worker = worker }
      case .failure(let failure):
        let pause = Self.firstPause << min(state.failuresInARow, 8)
        state.failuresInARow += 1
        state.failure = (failure, now.advanced(by: pause))
      }
      return state.isClosed
    }
    state.broadcast()
    if case .failure(let failure) = made { report(failure) }
    let worker = try made.get()
    if isClosed { worker.close() }
    return worker
  }

  /// After a start that failed; doubled with each that follows, up to 25 seconds.
  private static let firstPause: Int64 = 100_000_000

  private func makeWorker() throws(PluginFailure) -> Worker {
    let process = try sandbox.process(for: recipe.confinement)
    let worker = Worker(
      process, recipe.setting, loop: sandbox.loop,
      ended: { [weak self] worker, end in self?.ended(worker, end) },
      overstays: { [weak self] worker in self?.overstays(worker) })
    try worker.load(recipe.load)
    return worker
  }

  private func forget(_ worker: Worker) {
    state.withLock { state in
      guard state.worker === worker else { return }
      state.worker = nil
      if !worker.hasEnded { state.former.append(worker) }
    }
  }

  private func overstays(_ worker: Worker) {
    forget(worker)
    tell(.warning, "a call did not end in its grace: its process is ended")
  }

  private func ended(_ worker: Worker, _ end: Worker.End) {
    forget(worker)
    state.withLock { $0.former.removeAll { $0 === worker } }
    switch end {
    case .closed: break
    case .broke(let violation):
      report(PluginFailure(.quarantined, "broke the protocol of workers: \(violation.reason)."))
    case .crashed:
      worker.process.fate.whenEnded { [setting = recipe.setting] end in
        setting.tell(.error, "a plugin's process ended while it was in use: \(end.sentence)")
      }
    }
  }

  // MARK: The operator

  private func report(_ failure: PluginFailure) {
    if failure.code == .quarantined { sandbox.quarantine.put(recipe.quarantineKey, failure.message) }
    tell(.error, "\(failure.code.rawValue): it \(failure.message)")
  }

  private func tell(_ level: PluginLogLine.Level, _ message: String) { recipe.setting.tell(level, message) }
}

extension WorkerInstance.Recipe {
  var quarantineKey: Quarantine.Key { Quarantine.Key(tenant: setting.tenant, digest: digest) }
  func pends(_ function: Int) -> Bool { loose.contains(function) }
}

extension Worker.Setting {
  func tell(_ level: PluginLogLine.Level, _ message: String) {
    hostLog(
      PluginLogLine(level: level, plugin: plugin, tenant: tenant, message: message, fields: [:], dropped: 0))
  }
}
