import Authorization
import Invocation
import JSONCodec
import Locking
import Manifests
import ModelContracts
import Storage
import Telemetry
import TestSupport
import ToolContracts
import ToolRegistry

@testable import FlowEngine

/// A flow of one agent whose models behave as the test says, over two providers, `one` and `two`.
final class ModelFlow: Sendable {
  /// What a model does with the n-th request that it gets, from 1.
  typealias Model = @Sendable (LanePool, CallHandle, Int) -> CallStatus
  static let tenant = TenantID("acme")!
  static let run = RunID(milliseconds: 9, randomness: 9)

  let lanes: LanePool
  let time: any TimeSource
  let journal = MemoryJournal()
  let runner: FlowRunner
  /// `provider model`, in the order in which they were asked.
  let asked = Lock<[String]>([])

  /// - Parameter models: by provider and name, with a blank between them.
  init(
    _ plan: ModelPlan, question: String = "question", policy: ModelPolicy = .none,
    time: any TimeSource = SystemTime(), models: [String: Model]
  ) {
    let lanes = LanePool(laneCount: 4, time: time)
    let asked = asked
    self.lanes = lanes
    self.time = time
    let builder = RegistryBuilder()
    for provider in ["one", "two"] {
      builder.add(
        ProviderPlugin(id: provider) { call, _, arguments in
          let name = (try? JSONValue(parsing: [UInt8](arguments)))?["model"]?.string ?? ""
          let key = "\(provider) \(name)"
          let count = asked.withLock { asked in
            asked.append(key)
            return asked.count { $0 == key }
          }
          return models[key]?(lanes, call, count) ?? .notFound
        })
    }
    builder.add(
      Self.tenant,
      TenantAssignment(
        policy: AccessPolicy(revision: "1", enabled: ["one": [NamePattern("*")], "two": [NamePattern("*")]]),
        limits: { _, _ in LimitPolicy(timeoutNanoseconds: 36_000_000_000_000) },
        models: policy),
      receiver: lanes)
    let registry = RegistryState(builder.snapshot())
    let pipeline = InvocationPipeline(
      registry: registry, lanes: lanes, journal: journal, time: time, log: .none, metrics: Metrics())
    let agent = AgentDefinition(
      name: "a", description: "", instructions: "", provider: ToolName("one.chat")!, model: "m", plan: plan)
    var limits = FlowLimits()
    limits.timeoutNanoseconds = 36_000_000_000_000
    let flow = FlowDefinition(
      name: "flow", description: "", startAgent: "a", agents: ["a": agent], limits: limits)
    runner = FlowRunner(
      flows: FixedFlows(
        catalog: FlowCatalog(flows: [flow], enabled: [Self.tenant: ["flow"]]), source: registry),
      pipeline: pipeline, lanes: lanes, journal: journal, time: time, log: .none, random: { 0 })
    self.question = question
  }
  private let question: String

  func ask(
    _ run: RunID = run, saying other: String? = nil, observer: (any FlowObserver)? = nil
  ) async -> FlowOutcome {
    await runner.run(
      FlowRequest(
        flow: "flow", input: other ?? question, principal: Principal(tenant: Self.tenant), run: run,
        observer: observer
      ))
  }

  /// The data of the run's events of one kind.
  func data(_ kind: JournalEvent.Kind) async throws -> [JSONValue] {
    try await journal.events(of: Self.run, tenant: Self.tenant).filter { $0.kind == kind }
      .map { try JSONValue(parsing: $0.data) }
  }

  static func says(_ text: String) -> Model {
    { lanes, call, _ in
      _ = Array(text.utf8).withUnsafeBytes { lanes.emit(call, event: CallEvent.Kind.text.rawValue, data: $0) }
      return lanes.complete(call, answer: text)
    }
  }

  static func fails(_ kind: String, _ status: CallStatus, retryAfter: Int? = nil) -> Model {
    { lanes, call, _ in
      let wait = retryAfter.map { #","retryAfterMs":\#($0)"# } ?? ""
      return Array(#"{"kind":"\#(kind)","message":"no"\#(wait)}"#.utf8).withUnsafeBytes {
        lanes.complete(call, status: status, payload: $0)
      }
    }
  }

  /// Begins with `text`, if anything, and then says nothing more, for so long.
  static func stalls(_ time: ManualTime, milliseconds: Int64, after text: String = "") -> Model {
    { lanes, call, _ in
      if !text.isEmpty {
        _ = Array(text.utf8).withUnsafeBytes {
          lanes.emit(call, event: CallEvent.Kind.text.rawValue, data: $0)
        }
      }
      time.advance(milliseconds: milliseconds)
      return .pending
    }
  }

  /// One after the other; the last for ever.
  static func inTurn(_ models: Model...) -> Model {
    { lanes, call, count in models[min(count, models.count) - 1](lanes, call, count) }
  }
}

extension LanePool {
  func complete(_ call: CallHandle, answer: String) -> CallStatus {
    let json =
      #"{"text":"\#(answer)","toolCalls":[],"finishReason":"stop","usage":{"inputTokens":1,"outputTokens":1}}"#
    return Array(json.utf8).withUnsafeBytes { complete(call, status: .ok, payload: $0) }
  }
}

/// The texts that were shown.
final class ShownTexts: FlowObserver {
  let texts = Lock<[String]>([])
  func observed(_ event: FlowEvent) {
    if case .text(let text, _) = event { texts.withLock { $0.append(text) } }
  }
}

private struct ProviderPlugin: ToolSource {
  let digest = "sha256:3"
  let descriptor: PluginDescriptor
  private let backend: ClosureBackend

  init(id: String, _ body: @escaping ClosureBackend.Body) {
    backend = ClosureBackend(body)
    descriptor = PluginDescriptor(
      id: id, version: "1.0.0",
      functions: [
        FunctionDescriptor(
          name: "chat", kind: .chat, description: "", inputSchema: ["type": "object"], effect: .none,
          mayPend: true)
      ])
  }

  func open(
    for tenant: TenantID, configuration: JSONValue, services: GrantedServices,
    receiver: any CallReceiver
  ) throws(PluginFailure) -> any ToolBackend { backend }
}
