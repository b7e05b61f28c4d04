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
/// that a second host gives what the first one gave; its tools `work`, `put` and `write` differ in their effects, and
/// `judge` takes anything.
final class ScriptedFlow: Sendable {
  /// The pool, the call, which of the tools, and its arguments.
  typealias Tool = @Sendable (LanePool, CallHandle, String, [UInt8]) -> CallStatus
  static let tools = ["work", "put", "write", "judge"]

  let lanes = LanePool(laneCount: 2)
  let journal = MemoryJournal()
  let runner: FlowRunner
  let registry: RegistryState
  let pipeline: InvocationPipeline
  let requests = Lock<[JSONValue]>([])
  static let tenant = TenantID("acme")!
  static let run = RunID(milliseconds: 7, randomness: 7)

  /// One agent, `a`, that may use every tool.
  convenience init(
    answers: [String], limits: FlowLimits = FlowLimits(), leases: any RunLeases = MemoryRunLeases(),
    refusing refused: JournalEvent.Kind? = nil, toolTimeout: Int64? = nil,
    onCancel: @escaping @Sendable (LanePool, CallHandle) -> Void = { _, _ in }, reconcile: Tool? = nil,
    tool: @escaping Tool
  ) throws {
    let agent = AgentDefinition(
      name: "a", description: "", instructions: "", provider: ToolName("script.chat")!, model: "m",
      tools: [NamePattern("script.*")])
    let flow = FlowDefinition(
      name: "flow", description: "", startAgent: "a", agents: ["a": agent], limits: limits)
    try self.init(
      flow, answers: ["m": answers], leases: leases, refusing: refused, toolTimeout: toolTimeout,
      onCancel: onCancel, reconcile: reconcile, tool: tool)
  }

  /// - Parameter answers: by the name of the model.
  init(
    _ flow: FlowDefinition, answers: [String: [String]], leases: any RunLeases = MemoryRunLeases(),
    refusing refused: JournalEvent.Kind? = nil, times: Int = .max, toolTimeout: Int64? = nil,
    enabled: [String] = ["*"],
    repair: RepairOptions = [], approval: @escaping @Sendable (ToolName) -> ApprovalRule? = { _ in nil },
    time: any TimeSource = SystemTime(),
    onCancel: @escaping @Sendable (LanePool, CallHandle) -> Void = { _, _ in }, reconcile: Tool? = nil,
    preview: Tool? = nil, tool: @escaping Tool
  ) throws {
    let lanes = lanes
    let requests = requests
    let journal: any RunJournal =
      if let refused { RefusingJournal(journal: journal, refused: refused, times: times) } else { journal }
    var onReconcile: ClosureBackend.Body?
    if let reconcile {
      onReconcile = { reconcile(lanes, $0, ScriptedFlow.tools[$1 - 1], [UInt8]($2)) }
    }
    var onPreview: ClosureBackend.Body?
    if let preview { onPreview = { preview(lanes, $0, ScriptedFlow.tools[$1 - 1], [UInt8]($2)) } }
    let backend = ClosureBackend(
      onCancel: { onCancel(lanes, $0) }, onReconcile: onReconcile, onPreview: onPreview
    ) {
      call, function, arguments in
      let bytes = [UInt8](arguments)
      guard function == 0 else { return tool(lanes, call, ScriptedFlow.tools[function - 1], bytes) }
      let request = (try? JSONValue(parsing: bytes)) ?? .null
      requests.withLock { $0.append(request) }
      let turn = request["messages"]?.array?.filter { $0["role"]?.string == "assistant" }.count ?? 0
      let answers = answers[request["model"]?.string ?? ""] ?? []
      guard turn < answers.count else { return .busy }
      let text = (try? JSONValue(parsing: answers[turn]))?["text"]?.string ?? ""
      _ = Array(text.utf8).withUnsafeBytes {
        lanes.emit(call, event: CallEvent.Kind.text.rawValue, data: $0)
      }
      return Array(answers[turn].utf8).withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
    let builder = RegistryBuilder()
    builder.add(ScriptPlugin(backend: backend))
    builder.add(
      ScriptedFlow.tenant,
      TenantAssignment(
        policy: AccessPolicy(revision: "1", enabled: ["script": enabled.map(NamePattern.init)]),
        limits: { name, _ in
          name.function == "chat"
            ? LimitPolicy() : toolTimeout.map { LimitPolicy(timeoutNanoseconds: $0) } ?? LimitPolicy()
        }, repair: { _ in repair }, approval: approval),
      receiver: lanes)
    registry = RegistryState(builder.snapshot())
    pipeline = InvocationPipeline(
      registry: registry, lanes: lanes, journal: journal, time: time, log: .none, metrics: Metrics())
    runner = FlowRunner(
      catalog: FlowCatalog(flows: [flow], enabled: [ScriptedFlow.tenant: [flow.name]]), registry: registry,
      pipeline: pipeline, lanes: lanes, journal: journal, leases: leases, time: time, log: .none)
  }

  func ask(
    _ cancellation: Cancellation = Cancellation(), observer: (any FlowObserver)? = nil
  ) async -> FlowOutcome {
    await runner.run(
      FlowRequest(
        flow: "flow", input: "question", principal: Principal(tenant: ScriptedFlow.tenant),
        run: ScriptedFlow.run,
        cancellation: cancellation, observer: observer))
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

  /// As it reads them, one after the other.
  func words(toldAt turn: Int) -> String {
    let messages = requests.withLock { $0.indices.contains(turn) ? $0[turn]["messages"]?.array ?? [] : [] }
    return messages.filter { $0["role"]?.string == "tool" }.compactMap { $0["content"]?.string }.joined()
  }

  static func calling(
    _ calls: [(id: String, name: String, arguments: String)], text: String = ""
  ) -> String {
    var writer = JSONWriter()
    writer.beginObject()
    writer.field("text", text)
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
    writer.field("finishReason", calls.isEmpty ? "stop" : "tool_calls")
    writer.field("usage", ["inputTokens": 1, "outputTokens": 1])
    writer.endObject()
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  static let done = saying("done")

  static func saying(_ text: String) -> String { calling([], text: text) }
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
      FunctionDescriptor(name: "judge", description: "", inputSchema: ["type": "object"], effect: .none),
    ])
  private static let arguments: JSONValue = ["type": "object", "properties": ["n": ["type": "integer"]]]

  func open(
    for tenant: TenantID, configuration: JSONValue, services: GrantedServices,
    receiver: any CallReceiver
  ) throws(PluginFailure) -> any ToolBackend { backend }
}
