import Glibc
import Locking
import Manifests
import NativePlugins
import Telemetry
import ToolContracts
import WorkerPlugins

/// Decides, for each plugin, whose process its code runs in.
final class PluginIsolation: Sendable {
  private struct State {
    var sandbox: Sandbox?
    var isStopped = false
    /// In use.
    var confinements: Set<Confinement> = []
  }
  private let locations: Locations
  private let time: any TimeSource
  private let log: Log
  private let state = Lock(State())

  init(_ locations: Locations, time: any TimeSource, log: Log) {
    self.locations = locations
    self.time = time
    self.log = log
  }

  /// Something that the plugin in `file` can be opened of. For a worker none of its code is run.
  func source(_ file: String, _ settings: IsolationSettings) throws(PluginFailure) -> any ToolSource {
    if settings.tier == .inProcess {
      return try PluginLoader(
        probe: locations.probe, cache: locations.verdicts, time: time, log: log.pluginLog
      ).load(file)
    }
    let confinement = try Confinement(settings)
    state.withLock { _ = $0.confinements.insert(confinement) }
    return try WorkerPlugin(
      file, confinement: confinement,
      graceNanoseconds: settings.graceNanoseconds ?? Self.usualGrace, in: try sandbox(), time: time,
      log: log.pluginLog)
  }

  private static let usualGrace: Int64 = 250_000_000

  /// Has a process made for each kind that plugins run in, on a thread of its own, so that the first call of one does not
  /// wait for it. For a host that stays.
  func warmUp() {
    let confinements = state.withLock { $0.confinements }
    guard !confinements.isEmpty else { return }
    let isStarted = startThread("jf-warm-up") { [self] in
      do throws(PluginFailure) {
        let sandbox = try sandbox()
        for confinement in confinements { try sandbox.prepare(confinement) }
      } catch {
        if state.withLock({ $0.isStopped }) { return }
        log.error("plugins cannot be confined", ["reason": "\(error.message)"])
      }
    }
    // Then the first calls find out for themselves.
    if !isStarted { log.warning("there is no thread left to make processes for plugins with") }
  }

  /// Ends every worker.
  func stop() {
    let sandbox = state.withLock { state in
      state.isStopped = true
      return state.sandbox.take()
    }
    sandbox?.stop()
  }

  /// Made when the first plugin needs it: a host without workers has neither its thread nor its process.
  func sandbox() throws(PluginFailure) -> Sandbox {
    let sandbox = state.withLock { state in
      if state.sandbox == nil, !state.isStopped {
        state.sandbox = Sandbox(program: locations.worker, time: time)
      }
      return state.sandbox
    }
    guard let sandbox else {
      throw PluginFailure(.loadFailed, "cannot be run: the system has no thread or descriptor left for it.")
    }
    return sandbox
  }
}

extension Confinement {
  fileprivate init(_ settings: IsolationSettings) throws(PluginFailure) {
    self.init(level: settings.level.flatMap { Level(rawValue: $0.rawValue) })
    for path in settings.readablePaths {
      guard let resolved = realpath(path, nil) else {
        throw PluginFailure(
          .configurationInvalid, "may read \(path), which is not there: mend sandbox.read in a manifest.")
      }
      readablePaths.append(String(cString: resolved))
      free(resolved)
    }
    if let bytes = settings.memoryBytes { memoryBytes = UInt64(bytes) }
    if let threads = settings.threads { tasks = UInt32(threads) }
    processorSeconds = settings.processorNanoseconds.map { UInt64(($0 + 999_999_999) / 1_000_000_000) }
  }
}
