import JSONCodec
import Locking
package import Telemetry
package import ToolContracts

/// An MCP server that is kept running: started, spoken to, started again when it ends.
///
/// One thread looks after it, and starts and reaps its processes; two more read what each process writes. No caller ever
/// waits for the server.
package final class ExternalServer: Sendable {
  enum Phase {
    case starting
    case up(ServerSession)
    case down(ServerFailure)
    case over
  }

  struct State {
    var phase = Phase.starting
    /// The process that runs, usable or not yet.
    var session: ServerSession?
    /// By the server's names, what it says that its tools are now.
    var digests: [String: String] = [:]
    var tools: [OfferedTool] = []
    /// Counts the times that it has said what its tools are.
    var listing = 0
    /// Counts its processes.
    var life = 0
    var isLost = false
    var hasOtherTools = false
    var isStopping = false
    /// Calls that were made before its first start was over.
    var early: [EarlyCall] = []
  }

  package let settings: ServerSettings
  package let counts: ClientCounts
  let state = Condition(State())
  let time: any TimeSource
  let log: Log
  let toolsChanged: @Sendable () -> Void

  /// - Parameter toolsChanged: it has other tools than before, or has said for the first time which. From its thread; must not block.
  package init(
    _ settings: ServerSettings, time: any TimeSource, log: Log, metrics: Metrics,
    toolsChanged: @escaping @Sendable () -> Void = {}
  ) {
    self.toolsChanged = toolsChanged
    self.settings = settings
    self.time = time
    self.log = log.with(["mcp_server": "\(settings.name)"])
    counts = ClientCounts(metrics, server: settings.name)
  }

  package var name: String { settings.name }

  /// Called once; returns at once.
  package func start() {
    guard startThread({ [self] in lookAfter() }) else {
      return enter(.down(ServerFailure("there is no thread left to look after it")))
    }
  }

  /// Its first start is not over: nobody knows yet what it has, or whether it will run.
  package var isStarting: Bool {
    state.withLock { state in
      if case .starting = state.phase { true } else { false }
    }
  }

  /// Waits until the first start has succeeded or failed.
  ///
  /// - Returns: its tools; nil where it has none to show.
  package func firstTools(withinNanoseconds nanoseconds: Int64) -> [OfferedTool]? {
    firstListing(withinNanoseconds: nanoseconds).tools
  }

  /// The same, and which time it is that it said so; 0: it has not yet.
  package func firstListing(withinNanoseconds nanoseconds: Int64) -> (tools: [OfferedTool]?, number: Int) {
    let listing = state.wait(nanoseconds: nanoseconds) { state -> ([OfferedTool]?, Int)? in
      switch state.phase {
      case .starting: nil
      case .up: (state.tools, state.listing)
      case .down, .over: (nil, state.listing)
      }
    }
    return listing ?? (nil, 0)
  }

  package var listingNumber: Int { state.withLock { $0.listing } }

  /// Why it cannot be used; for operators.
  package var trouble: String? {
    state.withLock { state in
      switch state.phase {
      case .starting: "it has not finished starting"
      case .down(let failure): failure.message
      case .over: "it was stopped"
      case .up: nil
      }
    }
  }

  /// Asks for the end. What runs is answered; the process's guard sees to the rest, even if this process is gone before.
  package func stop() {
    let session = state.withLock { state -> ServerSession? in
      state.isStopping = true
      return state.session
    }
    session?.end()
    state.broadcast()
  }

  /// - Returns: whether all of it has ended.
  package func waitForEnd(withinNanoseconds nanoseconds: Int64) -> Bool {
    state.wait(nanoseconds: nanoseconds) { state -> Bool? in
      if case .over = state.phase { true } else { nil }
    } ?? false
  }
}
