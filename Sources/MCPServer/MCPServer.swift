package import Invocation
import JSONCodec
import JSONRPC
package import Storage
package import Telemetry
package import ToolContracts
import ToolRegistry

/// Serves the tools and flows of one principal over the Model Context Protocol, in all of its revisions at once. Who the
/// principal is was decided at launch; no message changes it.
package final class MCPServer: Sendable {
  /// Bounds of one connection.
  package struct Limits: Sendable {
    /// Of one message.
    package var maxFrameBytes = 17 << 20
    /// Calls that run at once.
    package var runningCalls = 256
    /// Calls that wait for their turn; more are refused.
    package var waitingCalls = 4096
    package var pageSize = 100
    /// How much may wait for a client that does not read.
    package var queuedBytes = 32 << 20
    /// For how long answers are still given after the end of the input. Clients kill a server after two seconds.
    package var drainNanoseconds: Int64 = 1_500_000_000

    package init() {}
  }

  let pipeline: InvocationPipeline
  let source: any ServerCatalogSource
  let flows: any FlowService
  let resources: any ResourceSource
  let changes: ChangeAnnouncer
  let journal: (any RunJournal)?
  let offer: Offer
  let lanes: LanePool
  let principal: Principal
  let identifiers: any IdentifierSource
  let time: any TimeSource
  let log: Log
  let metrics: ServerMetrics
  let info: ServerInfo
  let limits: Limits

  /// - Parameters:
  ///   - resources: nil: the server does not speak of resources. Nor of prompts, where `hasPrompts` is false.
  ///   - journal: where tasks that another process has run are looked up.
  ///   - changes: where changes of what clients see are announced.
  package init(
    pipeline: InvocationPipeline, catalog source: any ServerCatalogSource, flows: any FlowService,
    resources: (any ResourceSource)? = nil, hasPrompts: Bool = false,
    journal: (any RunJournal)? = nil, changes: ChangeAnnouncer = ChangeAnnouncer(), lanes: LanePool,
    principal: Principal,
    identifiers: any IdentifierSource, time: any TimeSource, log: Log, metrics: Metrics,
    info: ServerInfo, limits: Limits = Limits()
  ) {
    self.pipeline = pipeline
    self.source = source
    self.flows = flows
    self.resources = resources ?? NoResources()
    self.changes = changes
    self.journal = journal
    offer = Offer(
      resources: resources != nil, resourceUpdates: resources?.tellsUpdates ?? false, prompts: hasPrompts)
    self.lanes = lanes
    self.principal = principal
    self.identifiers = identifiers
    self.time = time
    self.log = log
    self.metrics = ServerMetrics(metrics)
    self.info = info
    self.limits = limits
  }

  /// Why a connection ended.
  package enum End: Sendable, Equatable {
    case endOfInput
    /// The client no longer reads.
    case outputClosed
    case inputFailed(errno: Int32)
    case stopped
  }

  /// Serves one client until its input ends, it stops reading, or `stop` is cancelled; then answers what is open, for as
  /// long as `Limits.drainNanoseconds` allows, and cancels the rest. Returns within two seconds of the end.
  ///
  /// - Parameters:
  ///   - input: a descriptor that nothing else reads. Stays the caller's.
  ///   - output: a descriptor that nothing else writes. Stays the caller's.
  package func serve(input: Int32, output: Int32, stop: Cancellation = Cancellation()) async -> End {
    let connection = Connection(server: self, input: input, output: output)
    let key = stop.addHandler { connection.stop() }
    defer { if let key { stop.removeHandler(key) } }
    return await Task(executorPreference: lanes) { await connection.serve() }.value
  }
}
