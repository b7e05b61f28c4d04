import Authorization
import Invocation
import JSONCodec
import JSONSchema
import Storage
import Telemetry
import TestSupport
import ToolContracts
import ToolRegistry

/// A pipeline over one plugin, `math`, of whose functions tenant `acme` may use all but `secret`. `chat` is a model.
final class PipelineFixture: Sendable {
  let lanes: LanePool
  let journal = MemoryJournal()
  let backend: ClosureBackend
  let pipeline: InvocationPipeline
  let registry: RegistryState
  static let acme = TenantID("acme")!

  /// - Parameters:
  ///   - examine: what every function answers when it is asked what it did or would do; nil: it cannot tell.
  ///   - body: what every function does.
  init(
    limits: LimitPolicy = LimitPolicy(), repair: RepairOptions = [], journal: (any RunJournal)? = nil,
    time: any TimeSource = SystemTime(),
    examine: (@Sendable (LanePool, CallHandle, [UInt8]) -> CallStatus)? = nil,
    _ body: @escaping @Sendable (LanePool, CallHandle, [UInt8]) -> CallStatus
  ) {
    let lanes = LanePool(laneCount: 2, time: time)
    self.lanes = lanes
    var examined: ClosureBackend.Body?
    if let examine { examined = { call, _, arguments in examine(lanes, call, [UInt8](arguments)) } }
    backend = ClosureBackend(onReconcile: examined, onPreview: examined) { call, _, arguments in
      body(lanes, call, [UInt8](arguments))
    }
    let builder = RegistryBuilder()
    builder.add(MathPlugin(backend: backend))
    builder.add(BrokenPlugin())
    builder.add(
      PipelineFixture.acme,
      TenantAssignment(
        policy: AccessPolicy(
          revision: "acme.yaml",
          enabled: [
            "math": [NamePattern("add"), NamePattern("wr*"), NamePattern("chat")],
            "broken": [NamePattern("*")],
          ]),
        limits: { _, _ in limits }, repair: { _ in repair }),
      receiver: lanes)
    registry = RegistryState(builder.snapshot())
    pipeline = InvocationPipeline(
      registry: registry, lanes: lanes, journal: journal ?? self.journal, time: time, log: .none,
      metrics: Metrics())
  }

  /// A function that answers with `json`, whatever it is asked.
  convenience init(answering json: String, limits: LimitPolicy = LimitPolicy()) {
    self.init(limits: limits) { lanes, call, _ in
      Array(json.utf8).withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
  }

  func call(
    _ tool: String = "math.add", _ arguments: String = #"{"a":1,"b":2}"#, tenant: TenantID = acme,
    step: UInt32 = 1,
    milliseconds: Int64? = nil, cancellation: Cancellation? = nil
  ) async -> CallOutcome {
    await pipeline.call(
      CallRequest(
        tool: ToolName(tool)!, arguments: Array(arguments.utf8), principal: Principal(tenant: tenant),
        call: CallID(run: PipelineFixture.run, step: step),
        timeoutNanoseconds: milliseconds.map { $0 * 1_000_000 }, cancellation: cancellation))
  }

  static let run = RunID(milliseconds: 1, randomness: 1)

  /// The journal's events of the fixture's run: kind, and status or code.
  func recorded() async throws -> [String] {
    try await journal.events(of: PipelineFixture.run, tenant: PipelineFixture.acme).map { event in
      let data = try JSONDocument(parsing: event.data).root
      let detail = data["error"]?["code"]?.string ?? data["status"]?.string ?? ""
      return detail.isEmpty ? event.kind.rawValue : "\(event.kind.rawValue) \(detail)"
    }
  }
}

private struct MathPlugin: ToolSource {
  let backend: ClosureBackend
  let digest = "sha256:0"

  var descriptor: PluginDescriptor {
    let numbers: JSONValue = [
      "type": "object", "required": ["a", "b"], "additionalProperties": false,
      "properties": ["a": ["type": "integer"], "b": ["type": "integer"]],
    ]
    let sum: JSONValue = ["type": "object", "required": ["sum"], "properties": ["sum": ["type": "integer"]]]
    return PluginDescriptor(
      id: "math", version: "1.0.0",
      functions: ["add", "write", "secret"].map {
        FunctionDescriptor(
          name: $0, description: "", inputSchema: numbers, outputSchema: sum,
          effect: $0 == "add" ? .none : .nonIdempotent)
      } + [
        FunctionDescriptor(name: "chat", kind: .chat, description: "", inputSchema: .null, effect: .none)
      ])
  }

  func open(
    for tenant: TenantID, configuration: JSONValue, services: GrantedServices,
    receiver: any CallReceiver
  ) throws(PluginFailure) -> any ToolBackend { backend }
}

/// Enabled, and not to be opened.
private struct BrokenPlugin: ToolSource {
  let digest = "sha256:1"
  let descriptor = PluginDescriptor(
    id: "broken", version: "1.0.0",
    functions: [FunctionDescriptor(name: "add", description: "", inputSchema: ["type": "object"])])

  func open(
    for tenant: TenantID, configuration: JSONValue, services: GrantedServices,
    receiver: any CallReceiver
  ) throws(PluginFailure) -> any ToolBackend {
    throw PluginFailure(.openFailed, "the disk with its data is not there")
  }
}
