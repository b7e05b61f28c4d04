import Authorization
import Glibc
import Invocation
import JSONCodec
import Locking
import SQLiteStorage
import Storage
import Telemetry
import ToolContracts
import ToolRegistry

/// Measures what an answer costs that was kept: the whole call, but for what the disk takes to record it.
struct AnswerBenchmarks {
  private static let tenant = TenantID("bench")!
  private static let bar: Int64 = 20_000

  let lanes = LanePool(laneCount: 2)
  private let answers: SQLiteAnswerStore
  private let pipeline: InvocationPipeline
  private let plugin: AnsweringPlugin

  /// - Parameter path: of the file of kept answers.
  init(answers path: String) throws {
    answers = try SQLiteAnswerStore(path: path)
    let builder = RegistryBuilder()
    plugin = AnsweringPlugin(receiver: lanes)
    builder.add(plugin)
    builder.add(
      Self.tenant,
      TenantAssignment(policy: AccessPolicy(revision: "bench", enabled: ["answer": [NamePattern("*")]])),
      receiver: lanes)
    pipeline = InvocationPipeline(
      registry: RegistryState(builder.snapshot()), lanes: lanes, journal: MemoryJournal(maxEvents: 20_000),
      answers: answers,
      time: SystemTime(), log: .none, metrics: Metrics())
  }

  private static func request(_ text: String) -> CallRequest {
    let message = #"{"role":"user","content":"\#(text)"}"#
    let json =
      #"{"form":2,"model":"m","messages":[\#(message)],"tools":[],"toolChoice":"auto","settings":{}}"#
    return CallRequest(
      tool: ToolName("answer.chat")!, arguments: Array(json.utf8), principal: Principal(tenant: tenant),
      call: CallID(run: RunID(milliseconds: 1, randomness: 1), step: 1),
      caching: AnswerCaching(lifetimeNanoseconds: 3_600_000_000_000))
  }

  func hit(_ count: Int, only filter: String) async {
    for length in [200, 4000] {
      let what = "kept answer, request of \(length) bytes"
      guard filter.isEmpty || what.contains(filter) else { continue }
      let request = Self.request(String(repeating: "word ", count: length / 5))
      let asked = plugin.asked.withLock { $0 }
      _ = await pipeline.call(request)
      var times: [Int64] = []
      times.reserveCapacity(count)
      for _ in 0..<count {
        let start = SystemTime().now()
        let outcome = await pipeline.call(request)
        times.append(start.nanoseconds(until: SystemTime().now()))
        guard case .success = outcome else { return note("\(what): \(outcome)") }
      }
      guard plugin.asked.withLock({ $0 }) == asked + 1 else { return note("\(what): was not kept") }
      print(Measurement(what, samples: times, bar: .median(Self.bar)).line)
    }
  }

  func end() async { await answers.close() }
}

/// Answers with some 500 bytes.
private final class AnsweringPlugin: ToolSource, ToolBackend {
  let digest = "sha256:0"
  let descriptor = PluginDescriptor(
    id: "answer", version: "1.0.0",
    functions: [
      FunctionDescriptor(
        name: "chat", kind: .chat, description: "", inputSchema: ["type": "object"], effect: .none)
    ])
  private let receiver: any CallReceiver
  private let answer: [UInt8]
  let asked = Lock(0)

  init(receiver: any CallReceiver) {
    self.receiver = receiver
    let text = String(repeating: "answer ", count: 60)
    answer = Array(
      #"{"text":"\#(text)","toolCalls":[],"finishReason":"stop","usage":{"inputTokens":9,"outputTokens":9}}"#
        .utf8)
  }

  func invoke(_ call: CallHandle, function: Int, arguments: UnsafeRawBufferPointer) -> CallStatus {
    asked.withLock { $0 += 1 }
    return answer.withUnsafeBytes { receiver.complete(call, status: .ok, payload: $0) }
  }
  func cancel(_ call: CallHandle) {}
  func close() {}

  func open(
    for tenant: TenantID, configuration: JSONValue, services: GrantedServices, receiver: any CallReceiver
  ) throws(PluginFailure) -> any ToolBackend { self }
}
