import Authorization
import CPingPong
import CWorkerWire
import Glibc
import Invocation
import JSONCodec
import Storage
import Telemetry
import ToolContracts
import ToolRegistry
import WorkerPlugins

/// Measures workers: how soon one is there, what it weighs, and what a call of it costs beside two processes that do
/// nothing but send each other packets of the same lengths.
struct SandboxBenchmarks {
  private static let tenant = TenantID("bench")!
  private static let arguments = Array(#"{"a":1234,"b":5678}"#.utf8)
  let lanes = LanePool(laneCount: 2)
  private let plugin: String
  private let sandbox: Sandbox
  private let identifiers = RandomIdentifiers(time: SystemTime())

  init?(directory: String) {
    guard let sandbox = Sandbox(program: "\(directory)/jackfield-worker") else { return nil }
    self.sandbox = sandbox
    plugin = "\(directory)/fixtures/add.so"
  }

  /// - Parameter filter: only what has this in its name.
  func run(only filter: String) async {
    defer { sandbox.stop() }
    for level in [Confinement.Level.strict, .standard] {
      await becomeReady(level, only: filter)
      await call(level, only: filter)
    }
    await pingPong(only: filter)
  }

  private func becomeReady(_ level: Confinement.Level, only filter: String) async {
    let what = "worker ready, \(level.rawValue)"
    guard filter.isEmpty || what.contains(filter) else { return }
    do throws(PluginFailure) {
      try sandbox.attempt(level)
    } catch {
      return note("\(what): \(error.message)")
    }
    let measured = await Measurement.of(what, samples: 300) {
      do throws(PluginFailure) { try sandbox.attempt(level) } catch { note("\(what): \(error.message)") }
    }
    print(measured.line)
  }

  /// The bytes of the packets of one call: three texts and the header, and the header and the result.
  private func pingPong(only filter: String) async {
    let what = "ping-pong of the bytes of a call of add"
    guard filter.isEmpty || what.contains(filter) else { return }
    let id = CallID(run: identifiers.makeRunID(), step: 1)
    let texts = [id.run.description.utf8.count, id.description.utf8.count, Self.arguments.count]
    let request = texts.reduce(Int(WIRE_HEADER)) { $0 + $1 + MemoryLayout<UInt32>.size }
    let answer = Int(WIRE_HEADER) + #"{"sum":6912}"#.utf8.count
    var game = ping_pong()
    guard ping_pong_begin(&game, UInt32(answer)) == 0 else { return note("\(what): no process") }
    let measured = await Measurement.of(what, samples: 5_000, batch: 20) {
      ping_pong_play(&game, UInt32(request))
    }
    ping_pong_end(&game)
    print(measured.line)
  }

  private func call(_ level: Confinement.Level, only filter: String) async {
    let (cold, warm) = (
      "first call of add in a worker, \(level.rawValue)", "sandboxed call of add, \(level.rawValue)"
    )
    guard filter.isEmpty || cold.contains(filter) || warm.contains(filter) else { return }
    do throws(PluginFailure) {
      let source = try WorkerPlugin(
        plugin, confinement: Confinement(level: level), in: sandbox, log: { note("\($0.message)") })
      if filter.isEmpty || cold.contains(filter) {
        print(
          await Measurement.of(cold, samples: 100) {
            let (pipeline, instances) = makePipeline(of: source)
            await check(pipeline, cold)
            for instance in instances { instance.close() }
          }.line)
      }
      guard filter.isEmpty || warm.contains(filter) else { return }
      let (pipeline, instances) = makePipeline(of: source)
      defer { for instance in instances { instance.close() } }
      await check(pipeline, warm)
      let request = request()
      print(await Measurement.of(warm, samples: 5_000, batch: 20) { _ = await pipeline.call(request) }.line)
      weigh(level)
      await comeBack(pipeline, level)
    } catch {
      note("\(warm): \(error.message)")
    }
  }

  /// From the end of the worker to the first call that is answered again: in a process that is ready, or in one that is made
  /// for it.
  private func comeBack(_ pipeline: InvocationPipeline, _ level: Confinement.Level) async {
    let what = "call after the worker was killed, \(level.rawValue)"
    var samples: [Int64] = []
    for _ in 0..<200 {
      // The others are kept ready, and have done nothing yet.
      let workers = ProcessTable.own(named: "jf-worker").map { ($0, ProcessTable.processorTime(of: $0)) }
      guard let busiest = workers.max(by: { $0.1 < $1.1 }) else { return note("\(what): no worker") }
      kill(busiest.0, SIGKILL)
      let start = nanoseconds()
      while case .failure = await pipeline.call(request()) {}
      samples.append(nanoseconds() - start)
    }
    print(Measurement(what, samples: samples).line)
  }

  private func check(_ pipeline: InvocationPipeline, _ what: String) async {
    if case .failure(let failure) = await pipeline.call(request()) { note("\(what): \(failure)") }
  }

  private func request() -> CallRequest {
    CallRequest(
      tool: ToolName("add.add")!, arguments: Self.arguments, principal: Principal(tenant: Self.tenant),
      call: CallID(run: identifiers.makeRunID(), step: 1))
  }

  private func makePipeline(of source: any ToolSource) -> (InvocationPipeline, [any ToolBackend]) {
    let builder = RegistryBuilder()
    builder.add(source)
    builder.add(
      Self.tenant,
      TenantAssignment(
        policy: AccessPolicy(revision: "bench", enabled: ["add": [NamePattern("*")]]),
        limits: { _, _ in
          LimitPolicy(
            rate: RateLimit(limit: 1_000_000_000, periodNanoseconds: 1_000_000_000, burst: 1_000_000_000),
            concurrency: 64)
        }),
      receiver: lanes)
    for problem in builder.problems { note("\(problem)") }
    let pipeline = InvocationPipeline(
      registry: RegistryState(builder.snapshot()), lanes: lanes, journal: MemoryJournal(maxEvents: 20_000),
      time: SystemTime(), log: .none, metrics: Metrics())
    return (pipeline, builder.instances)
  }

  /// What the heaviest worker holds in memory that is its own, and all that it has mapped and touched.
  private func weigh(_ level: Confinement.Level) {
    func kilobytes(_ key: String, _ status: String) -> Int {
      status.split(separator: "\n").first { $0.hasPrefix("\(key):") }.flatMap { Int($0.filter(\.isNumber)) }
        ?? 0
    }
    var heaviest = (own: 0, all: 0)
    for worker in ProcessTable.own(named: "jf-worker") {
      let status = ProcessTable.text(of: "/proc/\(worker)/status")
      let weight = (own: kilobytes("RssAnon", status), all: kilobytes("VmRSS", status))
      if weight.all > heaviest.all { heaviest = weight }
    }
    print(
      #"{"what":"idle worker of add, \#(level.rawValue)","own_bytes":\#(heaviest.own << 10),"resident_bytes":\#(heaviest.all << 10)}"#
    )
  }
}
