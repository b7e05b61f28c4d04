import Authorization
import FlowEngine
import Glibc
import HostServices
import Invocation
import JSONCodec
import Locking
import Manifests
import OutgoingHTTP
import Storage
import Telemetry
import ToolContracts
import ToolRegistry
import WorkerPlugins

/// Measures answers that a model's server streams, from the server through the provider `openai` in its worker, pipeline and
/// flow to an observer, beside a program that reads the same stream with libcurl and nothing else, or through another process.
struct StreamBenchmarks {
  private static let tenant = TenantID("bench")!
  private static let pieces = 500
  let lanes = LanePool(laneCount: 2)
  private let directory: String
  private let sandbox: Sandbox
  private let transfers: TransferThread
  private let identifiers = RandomIdentifiers(time: SystemTime())

  init?(directory: String) {
    guard let sandbox = Sandbox(program: "\(directory)/jackfield-worker"),
      let transfers = TransferThread.start()
    else { return nil }
    self.directory = directory
    self.sandbox = sandbox
    self.transfers = transfers
  }

  /// - Parameter filter: only what has this in its name.
  func run(only filter: String) async {
    defer {
      sandbox.stop()
      transfers.close()
    }
    let (one, many) = ("streamed answer of \(Self.pieces) pieces", "streamed answers, 200 at a time")
    if filter.isEmpty || one.contains(filter) { await readOne(one, every: 1_000) }
    if filter.isEmpty || many.contains(filter) { await readMany(many, every: 20_000) }
  }

  private func readOne(_ what: String, every microseconds: Int) async {
    let times = 10
    guard let server = StreamServer(directory, pieces: Self.pieces, microseconds: microseconds) else {
      return note("\(what): no server")
    }
    for how in ["read", "relay"] { print(server.readWithLibcurl(how, times: times)) }
    do {
      let (flows, instances) = try makeFlows(port: server.port)
      defer { for instance in instances { instance.close() } }
      let warm = PieceClock()
      note("\(what): \(await ask(flows, warm).status)")
      var first: [Int64] = []
      let begun = processorTime()
      for _ in 0..<times {
        let clock = PieceClock()
        _ = await ask(flows, clock)
        first.append(clock.delays.first ?? -1)
      }
      let spent = (processorTime() - begun) / Int64(times)
      let half = first.sorted()[times / 2]
      print(#"{"what":"\#(what)","cpu_ns":\#(spent),"first_piece_p50_ns":\#(half),"n":\#(times)}"#)
    } catch {
      note("\(what): \(error)")
    }
  }

  private func readMany(_ what: String, every microseconds: Int) async {
    guard let server = StreamServer(directory, pieces: Self.pieces / 2, microseconds: microseconds) else {
      return note("\(what): no server")
    }
    do {
      let (flows, instances) = try makeFlows(port: server.port)
      defer { for instance in instances { instance.close() } }
      _ = await ask(flows, PieceClock())
      let clocks = (0..<200).map { _ in PieceClock() }
      let begun = processorTime()
      await withTaskGroup(of: FlowOutcome.self) { group in
        for clock in clocks { group.addTask { await ask(flows, clock) } }
        for await outcome in group where outcome.status != .succeeded { note("\(what): \(outcome)") }
      }
      let spent = (processorTime() - begun) / Int64(clocks.count)
      let gaps = clocks.flatMap(\.addedGaps).sorted()
      guard let worst = gaps.last else { return note("\(what): nothing came") }
      let p99 = gaps[gaps.count * 99 / 100]
      print(
        #"{"what":"\#(what)","cpu_ns":\#(spent),"added_gap_p99_ns":\#(p99),"added_gap_max_ns":\#(worst),"pieces":\#(gaps.count)}"#
      )
    } catch {
      note("\(what): \(error)")
    }
  }

  private func ask(_ flows: FlowRunner, _ clock: PieceClock) async -> FlowOutcome {
    await flows.run(
      FlowRequest(
        flow: "stream", input: "Speak.", principal: Principal(tenant: Self.tenant),
        run: identifiers.makeRunID(), observer: clock))
  }

  private func makeFlows(port: Int) throws -> (FlowRunner, [any ToolBackend]) {
    let builder = RegistryBuilder()
    builder.add(
      try WorkerPlugin("\(directory)/plugins/openai.so", in: sandbox, log: { note("\($0.message)") }))
    let origin = HTTPOrigin(scheme: "http", host: "127.0.0.1", port: port)
    let service = HTTPService(
      transfers,
      HTTPClient(
        ServiceUser(tenant: Self.tenant, plugin: "openai"),
        grant: HTTPGrant(allow: [AllowedOrigin(origin, secrets: [])]), privateOrigins: [origin]))
    let endpoint: JSONValue = ["preset": "vllm", "base_url": .string("http://127.0.0.1:\(port)/v1")]
    builder.add(
      Self.tenant,
      TenantAssignment(
        policy: AccessPolicy(revision: "bench", enabled: ["openai": [NamePattern("*")]]),
        configurations: ["openai": ["default": "here", "endpoints": ["here": endpoint]]],
        services: { _ in GrantedServices(["jf.http/1": service]) },
        limits: { _, _ in LimitPolicy(timeoutNanoseconds: 60_000_000_000, concurrency: 256) }),
      receiver: lanes)
    for problem in builder.problems { note("\(problem)") }
    let registry = RegistryState(builder.snapshot())
    let journal = MemoryJournal(maxEvents: 20_000)
    let pipeline = InvocationPipeline(
      registry: registry, lanes: lanes, journal: journal, time: SystemTime(), log: .none, metrics: Metrics())
    let agent = AgentDefinition(
      name: "speaker", description: "", instructions: "Speak.", provider: ToolName("openai.chat")!, model: "m"
    )
    let flow = FlowDefinition(
      name: "stream", description: "", startAgent: "speaker", agents: ["speaker": agent], limits: FlowLimits()
    )
    let flows = FlowRunner(
      catalog: FlowCatalog(flows: [flow], enabled: [Self.tenant: ["stream"]]), registry: registry,
      pipeline: pipeline, lanes: lanes, journal: journal, leases: MemoryRunLeases(), time: SystemTime(),
      log: .none)
    return (flows, builder.instances)
  }

  /// Of this process and its workers, in nanoseconds.
  private func processorTime() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    let own = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    return ProcessTable.own(named: "jf-worker").reduce(own) { $0 + ProcessTable.processorTime(of: $1) }
  }
}

/// When pieces were sent, as they say themselves, and when they were here.
private final class PieceClock: FlowObserver {
  private let pieces = Lock<[(sent: Int64, here: Int64)]>([])

  func observed(_ event: FlowEvent) {
    guard case .text(let text, _) = event else { return }
    let here = nanoseconds()
    pieces.withLock { pieces in
      for word in text.split(separator: " ") { pieces.append((Int64(word) ?? 0, here)) }
    }
  }

  var delays: [Int64] { pieces.withLock { $0.map { $0.here - $0.sent } } }

  /// How much longer nothing came than nothing was sent, between each piece and the one before it.
  var addedGaps: [Int64] {
    pieces.withLock { pieces in
      zip(pieces, pieces.dropFirst()).map { ($1.here - $0.here) - ($1.sent - $0.sent) }
    }
  }
}

/// `benchmark-stream-peer`, serving. Ends with its last reference.
private final class StreamServer {
  let port: Int
  private let program: String
  private let process: UnsafeMutablePointer<FILE>

  /// Nil where the program does not run.
  init?(_ directory: String, pieces: Int, microseconds: Int) {
    program = "\(directory)/benchmark-stream-peer"
    let notes = "/tmp/jackfield-benchmark-\(getpid())-\(microseconds)"
    guard let process = popen("\(program) serve \(pieces) \(microseconds) > \(notes)", "w") else {
      return nil
    }
    self.process = process
    defer { unlink(notes) }
    var said = ""
    for _ in 0..<1000 where !said.hasSuffix("\n") {
      usleep(1000)
      said = ProcessTable.text(of: notes)
    }
    guard let port = Int(said.dropLast()) else { return nil }
    self.port = port
  }

  deinit { pclose(process) }

  /// A line of the report.
  ///
  /// - Parameter how: `read`, and nothing else; or `relay`, through another process and back.
  func readWithLibcurl(_ how: String, times: Int) -> String {
    guard let reader = popen("\(program) \(how) \(port) \(times)", "r") else { return "" }
    defer { pclose(reader) }
    var bytes = [UInt8](repeating: 0, count: 1024)
    return String(decoding: bytes[..<fread(&bytes, 1, bytes.count, reader)].dropLast(), as: UTF8.self)
  }
}
