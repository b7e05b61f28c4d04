import Authorization
import FlowEngine
import Glibc
import Invocation
import JSONCodec
import JSONSchema
import Manifests
import NativePlugins
import Storage
import Telemetry
import ToolContracts
import ToolRegistry

/// Measures governed calls and runs, with the journal that it is given.
struct CallBenchmarks {
  private static let tenant = TenantID("bench")!
  let lanes = LanePool(laneCount: 2)
  private let pipeline: InvocationPipeline
  private let flows: FlowRunner
  private let identifiers = RandomIdentifiers(time: SystemTime())

  /// - Parameter directory: where sealed plugins lie: `fixtures/add.so`, `plugins/calc.so`, and `jackfield-probe`.
  init(directory: String, journal: any RunJournal, leases: any RunLeases) throws {
    let loader = PluginLoader(probe: "\(directory)/jackfield-probe", cache: nil, log: { _ in })
    let builder = RegistryBuilder()
    builder.add(try loader.load("\(directory)/fixtures/add.so"))
    builder.add(try loader.load("\(directory)/plugins/calc.so"))
    builder.add(ScriptedProvider(receiver: lanes))
    let generous = LimitPolicy(
      rate: RateLimit(limit: 1_000_000_000, periodNanoseconds: 1_000_000_000, burst: 1_000_000_000),
      concurrency: 64)
    let all = [NamePattern("*")]
    builder.add(
      Self.tenant,
      TenantAssignment(
        policy: AccessPolicy(revision: "bench", enabled: ["add": all, "calc": all, "script": all]),
        limits: { _, _ in generous }),
      receiver: lanes)
    for problem in builder.problems { note("\(problem)") }
    let registry = RegistryState(builder.snapshot())
    pipeline = InvocationPipeline(
      registry: registry, lanes: lanes, journal: journal, time: SystemTime(), log: .none, metrics: Metrics())
    flows = FlowRunner(
      catalog: FlowCatalog(flows: [try Self.flow()], enabled: [Self.tenant: ["shape"]]), registry: registry,
      pipeline: pipeline, lanes: lanes, journal: journal, leases: leases, time: SystemTime(), log: .none)
  }

  /// - Parameter filter: only what has this in its name.
  func run(only filter: String) async {
    let add = "governed call of add, JSON in and out"
    let calc = "governed call of calc"
    let shape = "flow run: 4 model turns, 1 handoff, 2 tools"
    if filter.isEmpty || add.contains(filter) { await call(add, "add.add", #"{"a":1234,"b":5678}"#) }
    if filter.isEmpty || calc.contains(filter) {
      await call(calc, "calc.evaluate", #"{"expression":"(17+4)*2^3"}"#)
    }
    if filter.isEmpty || shape.contains(filter) {
      // Ten thousand a second on one processor.
      await run(shape, samples: 3_000, bar: .processor(100_000))
    }
  }

  /// Runs one after the other, then sixteen at a time.
  func runDurably(only filter: String) async {
    let one = "durable flow run of the same shape"
    let many = "durable flow runs, 16 at a time: time per run"
    if filter.isEmpty || one.contains(filter) { await run(one, samples: 500, bar: .median(1_500_000)) }
    guard filter.isEmpty || many.contains(filter) else { return }
    let measured = await Measurement.of(
      many, samples: 50, operationsAtOnce: 64, bar: .median(200_000)
    ) {
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<16 { group.addTask { for _ in 0..<4 { _ = await ask() } } }
      }
    }
    print(measured.line)
  }

  private func call(_ what: String, _ tool: String, _ arguments: String) async {
    let request = CallRequest(
      tool: ToolName(tool)!, arguments: Array(arguments.utf8), principal: Principal(tenant: Self.tenant),
      call: CallID(run: identifiers.makeRunID(), step: 1))
    guard case .success(let result) = await pipeline.call(request) else {
      note("\(what): \(await pipeline.call(request))")
      return
    }
    note("\(what): \(String(decoding: result.json, as: UTF8.self))")
    let measured = await Measurement.of(what, samples: 5_000, batch: 20) { _ = await pipeline.call(request) }
    print(measured.line)
  }

  private func run(_ what: String, samples: Int, bar: Measurement.Bar) async {
    note("\(what): \(await ask().text)")
    let measured = await Measurement.of(what, samples: samples, bar: bar) { _ = await ask() }
    print(measured.line)
  }

  private func ask() async -> FlowOutcome {
    await flows.run(
      FlowRequest(
        flow: "shape", input: "What are the sums?", principal: Principal(tenant: Self.tenant),
        run: identifiers.makeRunID()))
  }

  private static func flow() throws -> FlowDefinition {
    let schema: JSONValue = ["type": "object"]
    let provider = ToolName("script.chat")!
    let tools = [NamePattern("add.*")]
    let handoff = HandoffDefinition(
      target: "second", toolName: "transfer_to_second", description: "Hands over.", inputSchema: schema,
      compiledSchema: try CompiledSchema(schema))
    return FlowDefinition(
      name: "shape", description: "", startAgent: "first",
      agents: [
        "first": AgentDefinition(
          name: "first", description: "", instructions: "Add.", provider: provider, model: "script",
          tools: tools,
          handoffs: [handoff]),
        "second": AgentDefinition(
          name: "second", description: "", instructions: "Add more.", provider: provider, model: "script",
          tools: tools),
      ], limits: FlowLimits())
  }
}
