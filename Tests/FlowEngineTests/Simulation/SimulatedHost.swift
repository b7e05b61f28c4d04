import Authorization
import FlowEngine
import Invocation
import JSONCodec
import ModelContracts
import Storage
import Telemetry
import ToolContracts
import ToolRegistry

/// A process that runs flows, until it ends or dies. Its journal is the world's disk and what it has not written yet.
final class SimulatedHost: @unchecked Sendable {
  // @unchecked: only the thread that steps the lanes comes here.
  static let tenant = TenantID("acme")!

  let world: SimulatedWorld
  /// Some of the models get a second request where the first is slow to be answered.
  let asksTwiceAtOnce: Bool
  private(set) var isDead = false
  /// What was appended and is not on the disk.
  var queue: [PendingAppend] = []
  var claims: [RunID: UInt32] = [:]
  private var cancellations: [Cancellation] = []
  private(set) var runner: FlowRunner!

  init(_ world: SimulatedWorld, _ flow: FlowDefinition) {
    self.world = world
    asksTwiceAtOnce = flow.agents.values.contains { $0.plan.hedgeNanoseconds != nil }
    let lanes = world.lanes.pool
    let builder = RegistryBuilder()
    builder.add(SimulatedPlugin(host: self))
    builder.add(
      Self.tenant,
      TenantAssignment(
        policy: AccessPolicy(revision: "1", enabled: ["script": [NamePattern("*")]]),
        limits: { name, _ in
          LimitPolicy(timeoutNanoseconds: name.function == "chat" ? 2_000_000_000 : 500_000_000)
        },
        approval: { name in
          // A call outside of the rule needs nobody.
          name.function == "put" ? ApprovalRule(when: Self.asks, expiresNanoseconds: 5_000_000_000) : nil
        }), receiver: lanes)
    let registry = RegistryState(builder.snapshot())
    let pipeline = InvocationPipeline(
      registry: registry, lanes: lanes, journal: self, time: world.time, log: .none, metrics: Metrics())
    runner = FlowRunner(
      catalog: FlowCatalog(flows: [flow], enabled: [Self.tenant: [flow.name]]), registry: registry,
      pipeline: pipeline, lanes: lanes, journal: self, leases: world.leases, time: world.time, log: .none,
      random: { world.chance.next() })
  }

  private static let asks: JSONValue = ["properties": ["n": ["multipleOf": 3]]]

  func run(_ flow: String, as run: RunID) async -> FlowOutcome {
    await runner.run(
      FlowRequest(
        flow: flow, input: world.chance.happens(100) ? "a person, please" : "question",
        principal: Principal(tenant: Self.tenant), run: run,
        cancellation: cancellation(), observer: SimulatedWatcher(host: self)))
  }

  func resume(_ run: RunID, takingOver: Bool = false) async throws(RunFailure) -> FlowOutcome {
    try await runner.resume(
      run, of: Self.tenant, takingOver: takingOver, cancellation: cancellation(),
      observer: SimulatedWatcher(host: self))
  }

  func cancellation() -> Cancellation {
    let cancellation = Cancellation()
    cancellations.append(cancellation)
    return cancellation
  }

  func fence(of run: RunID) -> UInt32 { claims[run] ?? 1 }
  /// Whether what it writes of the run is still taken.
  func owns(_ run: RunID) -> Bool { fence(of: run) == world.disk.fence(of: run) }

  // MARK: Its end

  /// From here on it changes nothing any more, and nobody hears of it.
  func die(_ how: SimulatedWorld.Sight) {
    isDead = true
    queue = []
    world.saw(how)
  }

  /// Once its tasks have ended: host and runner hold each other.
  func end() { runner = nil }

  /// Somebody gives the runs up, or the host is dead and its tasks are to end.
  func cancelAll() {
    for cancellation in cancellations { cancellation.cancel() }
  }
}

/// Holds what people are shown against the disk: nobody is told of an outcome that could still be lost.
struct SimulatedWatcher: FlowObserver {
  let host: SimulatedHost

  func observed(_ event: FlowEvent) {
    guard !host.isDead else { return }
    switch event {
    case .toolFinished(_, _, let call, let failure, _):
      let isUnrecorded = failure?.isUnrecorded == true
      host.world.require(
        isUnrecorded || host.world.disk.hasOutcome(of: call),
        "the outcome of \(call) was shown and is not on the disk")
    case .handedOff: host.world.saw(.handedOver)
    case .delegated: host.world.saw(.delegated)
    case .answerRejected: host.world.saw(.repaired)
    case .guardrailTripped: host.world.saw(.guardrailTripped)
    default: break
    }
  }
}
