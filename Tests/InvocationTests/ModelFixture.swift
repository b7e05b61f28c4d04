import Authorization
import Invocation
import JSONCodec
import ModelContracts
import Storage
import Telemetry
import TestSupport
import ToolContracts
import ToolRegistry

/// A pipeline over one provider, `fixture`, whose models answer as the test says.
final class ModelFixture: Sendable {
  let lanes: LanePool
  let journal = MemoryJournal()
  let budgets: any BudgetLedger
  let pipeline: InvocationPipeline
  static let acme = TenantID("acme")!
  static let globex = TenantID("globex")!
  static let run = RunID(milliseconds: 1, randomness: 1)

  init(
    _ models: ModelPolicy, budgets: any BudgetLedger = MemoryBudgetLedger(),
    answers: any AnswerStore = MemoryAnswerStore(), limits: LimitPolicy = LimitPolicy(),
    configuration: JSONValue = [:], digest: String = "sha256:2",
    time: any TimeSource = SystemTime(),
    _ body: @escaping @Sendable (LanePool, CallHandle, [UInt8]) -> CallStatus
  ) {
    let lanes = LanePool(laneCount: 2, time: time)
    self.lanes = lanes
    self.budgets = budgets
    let backend = ClosureBackend { call, _, arguments in body(lanes, call, [UInt8](arguments)) }
    let builder = RegistryBuilder()
    builder.add(ModelPlugin(backend: backend, digest: digest))
    for tenant in [Self.acme, Self.globex] {
      builder.add(
        tenant,
        TenantAssignment(
          policy: AccessPolicy(revision: "\(tenant).yaml", enabled: ["fixture": [NamePattern("*")]]),
          configurations: ["fixture": configuration], limits: { _, _ in limits }, models: models),
        receiver: lanes)
    }
    pipeline = InvocationPipeline(
      registry: RegistryState(builder.snapshot()), lanes: lanes, journal: journal, budgets: budgets,
      answers: answers, time: time,
      log: .none, metrics: Metrics())
  }

  /// Answers with a text, and with these numbers of tokens.
  convenience init(
    _ models: ModelPolicy, input: Int, output: Int, budgets: any BudgetLedger = MemoryBudgetLedger()
  ) {
    self.init(models, budgets: budgets) { lanes, call, _ in
      lanes.complete(call, answer(input: input, output: output))
    }
  }

  func ask(
    _ model: String = "large", settings: String = "{}", user: String = "", in run: RunID = run,
    milliseconds: Int64? = nil
  ) async -> CallOutcome {
    await pipeline.call(
      CallRequest(
        tool: ToolName("fixture.chat")!,
        arguments: Array(
          #"{"model":"\#(model)","messages":[],"tools":[],"toolChoice":"auto","settings":\#(settings)}"#.utf8),
        principal: Principal(tenant: Self.acme, user: user), call: CallID(run: run, step: 1),
        timeoutNanoseconds: milliseconds.map { $0 * 1_000_000 }))
  }

  func events(of run: RunID = run) async throws -> [JSONView] {
    try await journal.events(of: run, tenant: Self.acme).map { try JSONDocument(parsing: $0.data).root }
  }

  func balance(_ scope: BudgetScope, of run: RunID = run) async throws -> BudgetBalance? {
    let today = CivilDay(wallClock: SystemTime().wallClock())
    return try await budgets.balances(
      of: BudgetSubject(tenant: Self.acme, run: run, day: today))[scope]
  }
}

func answer(_ text: String = "fine", input: Int = 0, output: Int = 0) -> String {
  """
  {"text":"\(text)","toolCalls":[],"finishReason":"stop","usage":{"inputTokens":\(input),"outputTokens":\(output)}}
  """
}

extension LanePool {
  func complete(_ call: CallHandle, _ json: String) -> CallStatus {
    Array(json.utf8).withUnsafeBytes { complete(call, status: .ok, payload: $0) }
  }
}

private struct ModelPlugin: ToolSource {
  let backend: ClosureBackend
  let digest: String
  let descriptor: PluginDescriptor

  init(backend: ClosureBackend, digest: String) {
    self.backend = backend
    self.digest = digest
    descriptor = PluginDescriptor(
      id: "fixture", version: "1.0.0",
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
