import Authorization
import FlowEngine
import Glibc
import Invocation
import JSONCodec
import Locking
import Manifests
import SQLiteStorage
import Storage
import Telemetry
import ToolContracts
import ToolRegistry

/// Measures what runs cost that wait, and that a host left behind.
struct RunBenchmarks {
  private static let tenant = TenantID("bench")!
  private static let memoryBar = 8192
  private static let recoveryBar: Int64 = 1_000_000_000

  let lanes = LanePool(laneCount: 2)
  private let journal: SQLiteJournal
  private let flows: FlowRunner
  private let plugin: WaitingPlugin
  private let identifiers = RandomIdentifiers(time: SystemTime())

  /// - Parameter path: of the journal's file.
  init(journal path: String) throws {
    journal = try SQLiteJournal(path: path, log: .none)
    plugin = WaitingPlugin(receiver: lanes)
    let builder = RegistryBuilder()
    builder.add(plugin)
    builder.add(
      Self.tenant,
      TenantAssignment(
        policy: AccessPolicy(revision: "bench", enabled: ["wait": [NamePattern("*")]]),
        limits: { _, _ in LimitPolicy(timeoutNanoseconds: 600_000_000_000) }), receiver: lanes)
    let registry = RegistryState(builder.snapshot())
    let pipeline = InvocationPipeline(
      registry: registry, lanes: lanes, journal: journal, time: SystemTime(), log: .none, metrics: Metrics())
    flows = FlowRunner(
      catalog: FlowCatalog(flows: [Self.flow], enabled: [Self.tenant: [Self.flow.name]]), registry: registry,
      pipeline: pipeline, lanes: lanes, journal: journal, time: SystemTime(), log: .none)
  }

  private static let flow: FlowDefinition = {
    var limits = FlowLimits()
    limits.timeoutNanoseconds = 600_000_000_000
    let agent = AgentDefinition(
      name: "a", description: "", instructions: "Wait.", provider: ToolName("wait.chat")!, model: "script",
      tools: [NamePattern("wait.tool")])
    return FlowDefinition(
      name: "waiting", description: "", startAgent: "a", agents: ["a": agent], limits: limits)
  }()

  private func ask(_ run: RunID) async -> FlowOutcome {
    await flows.run(
      FlowRequest(flow: "waiting", input: "Wait.", principal: Principal(tenant: Self.tenant), run: run))
  }

  // MARK: Memory

  /// What each of `count` runs keeps of this process's memory while all of them are inside of their tool.
  func hold(_ count: Int, only filter: String) async {
    let what = "memory of a run that waits in a tool"
    guard filter.isEmpty || what.contains(filter) else { return }
    await withTaskGroup(of: Void.self) { group in
      let before = residentBytes()
      for _ in 0..<count { group.addTask { _ = await ask(identifiers.makeRunID()) } }
      while plugin.heldCount < count { await Task.yield() }
      let bytes = (residentBytes() - before) / count
      print(#"{"what":"\#(what)","bytes":\#(bytes),"bar_bytes":\#(Self.memoryBar),"n":\#(count)}"#)
      plugin.letGo()
      await group.waitForAll()
    }
  }

  // MARK: Recovery

  /// Writes the beginnings of runs, each up to the intent of its tool, as a host leaves them that is killed.
  func leave(events count: Int, only filter: String) async {
    guard filter.isEmpty || Self.recovery.contains(filter) else { return }
    plugin.letGo()
    let model = identifiers.makeRunID()
    _ = await ask(model)
    do throws(StorageFailure) {
      let events = try await journal.events(of: model, tenant: Self.tenant)
      let beginning = Array(events.prefix { $0.kind != .toolFinished })
      for _ in 0..<(count + beginning.count - 1) / max(1, beginning.count) {
        let run = identifiers.makeRunID()
        try await journal.append(
          beginning.map { event in
            var event = event
            (event.run, event.sequence, event.fence) = (run, 0, 0)
            return event
          }, .trace)
      }
      try await journal.append([], .durable)
    } catch { note("\(error)") }
    await journal.close()
  }

  private static let recovery = "100,000 open events"

  /// A host that finds them: when it has answered its first new run, and when every old one has ended.
  func takeUp(since start: Int64, only filter: String) async {
    guard filter.isEmpty || Self.recovery.contains(filter) else { return }
    plugin.letGo()
    async let report = flows.recover(Self.tenant) { false }
    _ = await ask(identifiers.makeRunID())
    let served = nanoseconds() - start
    let ended = await report.ended
    let recovered = nanoseconds() - start
    for (what, time) in [("served a new run", served), ("ended all old ones", recovered)] {
      print(
        #"{"what":"\#(Self.recovery): \#(what)","ns":\#(time),"bar_ns":\#(Self.recoveryBar),"n":\#(ended)}"#)
    }
  }
}

/// A model that asks for a tool once, and the tool, which answers when it is let go.
private final class WaitingPlugin: ToolSource, ToolBackend {
  private struct State {
    var held: [CallHandle] = []
    var isLetGo = false
  }
  let digest = "sha256:0"
  let descriptor = PluginDescriptor(
    id: "wait", version: "1.0.0",
    functions: [
      FunctionDescriptor(name: "chat", kind: .chat, description: "", inputSchema: .null, effect: .none),
      FunctionDescriptor(
        name: "tool", description: "", inputSchema: ["type": "object"], effect: .idempotent, mayPend: true),
    ])
  private let receiver: any CallReceiver
  private let state = Lock(State())

  init(receiver: any CallReceiver) { self.receiver = receiver }

  var heldCount: Int { state.withLock { $0.held.count } }

  func letGo() {
    let held = state.withLock { state in
      state.isLetGo = true
      defer { state.held = [] }
      return state.held
    }
    for call in held { _ = complete(call, "{}") }
  }

  func open(
    for tenant: TenantID, configuration: JSONValue, services: GrantedServices, receiver: any CallReceiver
  ) throws(PluginFailure) -> any ToolBackend { self }

  func invoke(_ call: CallHandle, function: Int, arguments: UnsafeRawBufferPointer) -> CallStatus {
    guard function == 1 else {
      let isFirst = receiver.info(call)?.call.step == 1
      return complete(
        call,
        isFirst
          ? #"{"text":"","toolCalls":[{"id":"c","name":"wait_tool","arguments":"{}"}],"finishReason":"tool_calls","usage":{"inputTokens":1,"outputTokens":1}}"#
          : #"{"text":"done","toolCalls":[],"finishReason":"stop","usage":{"inputTokens":1,"outputTokens":1}}"#
      )
    }
    let waits = state.withLock { state in
      if !state.isLetGo { state.held.append(call) }
      return !state.isLetGo
    }
    return waits ? .pending : complete(call, "{}")
  }

  func cancel(_ call: CallHandle) {}
  func close() {}

  private func complete(_ call: CallHandle, _ json: String) -> CallStatus {
    Array(json.utf8).withUnsafeBytes { receiver.complete(call, status: .ok, payload: $0) }
  }
}

/// Of this process, as the system counts it.
private func residentBytes() -> Int {
  guard let file = fopen("/proc/self/statm", "r") else { return 0 }
  defer { fclose(file) }
  var bytes = [UInt8](repeating: 0, count: 128)
  let count = fread(&bytes, 1, bytes.count, file)
  let fields = String(decoding: bytes[..<count], as: UTF8.self).split(separator: " ")
  return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
}
