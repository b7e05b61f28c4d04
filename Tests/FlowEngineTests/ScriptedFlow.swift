import Authorization
import FlowEngine
import Invocation
import JSONCodec
import JSONSchema
import Locking
import Manifests
import Storage
import Telemetry
import TestSupport
import ToolContracts
import ToolRegistry

/// A runner over one plugin, `script`. Its chat function gives the n-th answer to a conversation with n answers in it, so
/// that a second host gives what the first one gave; its tools `work`, `put` and `write` differ in their effects.
final class ScriptedFlow: Sendable {
  /// The pool, the call, which of the tools, and its arguments.
  typealias Tool = @Sendable (LanePool, CallHandle, String, [UInt8]) -> CallStatus
  static let tools = ["work", "put", "write"]

  let lanes = LanePool(laneCount: 2)
  let journal = MemoryJournal()
  let runner: FlowRunner
  let registry: RegistryState
  let pipeline: InvocationPipeline
  let requests = Lock<[JSONValue]>([])
  static let tenant = TenantID("acme")!
  static let run = RunID(milliseconds: 7, randomness: 7)

  init(
    answers: [String], limits: FlowLimits = FlowLimits(), leases: any RunLeases = MemoryRunLeases(),
    refusing refused: JournalEvent.Kind? = nil, toolTimeout: Int64? = nil,
    onCancel: @escaping @Sendable (LanePool, CallHandle) -> Void = { _, _ in }, tool: @escaping Tool
  ) throws {
    let lanes = lanes
    let requests = requests
    let journal: any RunJournal =
      if let refused { RefusingJournal(journal: journal, refused: refused) } else { journal }
    let backend = ClosureBackend(onCancel: { onCancel(lanes, $0) }) { call, function, arguments in
      let bytes = [UInt8](arguments)
      guard function == 0 else { return tool(lanes, call, ScriptedFlow.tools[function - 1], bytes) }
      let request = (try? JSONValue(parsing: bytes)) ?? .null
      requests.withLock { $0.append(request) }
      let turn = request["messages"]?.array?.filter { $0["role"]?.string == "assistant" }.count ?? 0
      guard turn < answers.count else { return .busy }
      return Array(answers[turn].utf8).withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
    let builder = RegistryBuilder()
    builder.add(ScriptPlugin(backend: backend))
    builder.add(
      ScriptedFlow.tenant,
      TenantAssignment(
        policy: AccessPolicy(revision: "1", enabled: ["script": [NamePattern("*")]]),
        limits: { name, _ in
          name.function == "chat"
            ? LimitPolicy() : toolTimeout.map { LimitPolicy(timeoutNanoseconds: $0) } ?? LimitPolicy()
        }),
      receiver: lanes)
    registry = RegistryState(builder.snapshot())
    pipeline = InvocationPipeline(
      registry: registry, lanes: lanes, journal: journal, time: SystemTime(), log: .none, metrics: Metrics())
    let agent = AgentDefinition(
      name: "a", description: "", instructions: "", provider: ToolName("script.chat")!, model: "m",
      tools: [NamePattern("script.*")])
    let flow = FlowDefinition(
      name: "flow", description: "", startAgent: "a", agents: ["a": agent], limits: limits)
    runner = FlowRunner(
      catalog: FlowCatalog(flows: [flow], enabled: [ScriptedFlow.tenant: ["flow"]]), registry: registry,
      pipeline: pipeline, lanes: lanes, journal: journal, leases: leases, time: SystemTime(), log: .none)
  }

  func ask(_ cancellation: Cancellation = Cancellation()) async -> FlowOutcome {
    await runner.run(
      FlowRequest(
        flow: "flow", input: "question", principal: Principal(tenant: ScriptedFlow.tenant),
        run: ScriptedFlow.run,
        cancellation: cancellation))
  }

  func events() async throws -> [JournalEvent] {
    try await journal.events(of: ScriptedFlow.run, tenant: ScriptedFlow.tenant)
  }
  func kinds() async throws -> [JournalEvent.Kind] { try await events().map(\.kind) }

  func resume() async throws(RunFailure) -> FlowOutcome {
    try await runner.resume(ScriptedFlow.run, of: ScriptedFlow.tenant)
  }

  /// What the model was told of its calls when it was asked for the n-th time, from 0: id and code, or `ok`.
  func results(toldAt turn: Int) -> [String] {
    let messages = requests.withLock { $0.indices.contains(turn) ? $0[turn]["messages"]?.array ?? [] : [] }
    return messages.filter { $0["role"]?.string == "tool" }.map { message in
      let id = message["toolCallId"]?.string ?? "?"
      guard message["isError"]?.bool == true else { return "\(id): ok" }
      let content = message["content"]?.string.flatMap { try? JSONValue(parsing: $0) }
      return "\(id): \(content?["error"]?["code"]?.string ?? "?")"
    }
  }

  static func calling(_ calls: [(id: String, name: String, arguments: String)]) -> String {
    var writer = JSONWriter()
    writer.beginObject()
    writer.field("text", "")
    writer.key("toolCalls")
    writer.beginArray()
    for call in calls {
      writer.beginObject()
      writer.field("id", call.id)
      writer.field("name", call.name)
      writer.field("arguments", call.arguments)
      writer.endObject()
    }
    writer.endArray()
    writer.field("finishReason", "tool_calls")
    writer.field("usage", ["inputTokens": 1, "outputTokens": 1])
    writer.endObject()
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  static let done =
    #"{"text":"done","toolCalls":[],"finishReason":"stop","usage":{"inputTokens":1,"outputTokens":1}}"#
}

private struct ScriptPlugin: ToolSource {
  let backend: ClosureBackend
  let digest = "sha256:0"
  let descriptor = PluginDescriptor(
    id: "script", version: "1.0.0",
    functions: [
      FunctionDescriptor(name: "chat", kind: .chat, description: "", inputSchema: .null, effect: .none),
      FunctionDescriptor(
        name: "work", description: "", inputSchema: Self.arguments, effect: .none, mayPend: true),
      FunctionDescriptor(name: "put", description: "", inputSchema: Self.arguments, effect: .idempotent),
      FunctionDescriptor(name: "write", description: "", inputSchema: Self.arguments),
    ])
  private static let arguments: JSONValue = ["type": "object", "properties": ["n": ["type": "integer"]]]

  func open(
    for tenant: TenantID, configuration: JSONValue, services: GrantedServices,
    receiver: any CallReceiver
  ) throws(PluginFailure) -> any ToolBackend { backend }
}
