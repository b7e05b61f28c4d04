import CPluginServices
import HostServices
import JSONCodec
import Locking
import PluginFixtures
import TestSupport
import Testing
import ToolContracts

@testable import OutgoingHTTP

/// A plugin reads the same of a response wherever it runs, though a worker is sent the body before the plugin asks for it.
@Suite(.timeLimit(.minutes(1)), .leavesNothingBehind) struct BodyTests {
  private static let descriptor = """
    {"abi":1,"id":"bodies","version":"1.0.0","services":["jf.http/1"],"functions":[\
    {"name":"read","description":"d","inputSchema":{"type":"object"},"effect":"none"}]}
    """
  /// Built once for all of them.
  private static let fixture = Result { try PluginFixture("plugins/bodies", descriptor: descriptor) }

  private let tenant = TenantID("acme")!
  private let receiver: CallRecorder

  init() { receiver = CallRecorder(tenant: tenant) }

  /// What the plugin tells when it goes through `steps`.
  private func told(_ steps: String, in tier: PluginTier, of server: BodyServer) async throws -> String? {
    let plugin = try TieredPlugin(Self.fixture.get(), in: tier)
    let backend = try plugin.source.open(
      for: tenant, configuration: [:], services: GrantedServices(["jf.http/1": server]), receiver: receiver)
    defer { withExtendedLifetime(plugin) {} }
    return await told(steps, receiver.begin(1), by: backend)
  }

  private func told(_ steps: String, _ call: CallHandle, by backend: any ToolBackend) async -> String? {
    let status = await withCheckedContinuation { continuation in
      onNewThread { continuation.resume(returning: backend.invoke(call, function: 0, steps)) }
    }
    return receiver.completion(of: call)?.payload ?? "status \(status.rawValue)"
  }

  @Test(arguments: PluginTier.allCases)
  func whatComesWhileNobodyReadsIsReadInOrderAndThenTheEnd(tier: PluginTier) async throws {
    let server = BodyServer(begins: ["one"]) { body in
      for text in ["two", "three", "four"] { #expect(body.append(text)) }
      body.end(ServiceAnswer(.ok), forgets: false)
    }
    #expect(try await told("RsrrRRR", in: tier, of: server) == "one|twot|hree|four|||")
  }

  @Test(arguments: PluginTier.allCases)
  func whatBreaksOffIsReadAsFarAsItCame(tier: PluginTier) async throws {
    let server = BodyServer(begins: ["one"]) { body in
      #expect(body.append("two"))
      body.end(ServiceAnswer(.io), forgets: false)
    }
    #expect(try await told("RsRR", in: tier, of: server) == "one|two|[\(CallStatus.io.rawValue)]|")
  }

  @Test(arguments: PluginTier.allCases)
  func nothingIsReadOfWhatWasClosed(tier: PluginTier) async throws {
    let server = BodyServer(begins: ["one"]) { body in #expect(body.append("two")) }
    #expect(try await told("RscR", in: tier, of: server) == "one|[\(CallStatus.notFound.rawValue)]|")
  }

  /// What the host does not take any more, the server keeps.
  @Test(arguments: PluginTier.allCases)
  func whoDoesNotReadHoldsTheServerUpAndMissesNothing(tier: PluginTier) async throws {
    let piece = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * $0) }
    let taken = Lock(0)
    let server = BodyServer(begins: ["one"], then: Array(repeating: piece, count: 1000)) { body in
      taken.withLock { $0 = body.sendUntilFull() }
    }
    let hash = Array(repeating: piece, count: 1000).joined()
      .reduce(14_695_981_039_346_656_037 as UInt64) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
    // It reads what there is, and no more before the server has sent what it may.
    #expect(try await told("rsa", in: tier, of: server) == "one|1000000 \(hash)")
    let most = 256 << 10
    #expect((most...most + piece.count + PLUGIN_HTTP_WINDOW).contains(taken.withLock { $0 }))
  }

  @Test(arguments: PluginTier.allCases)
  func theEndOfACallEndsItsReading(tier: PluginTier) async throws {
    let plugin = try TieredPlugin(Self.fixture.get(), in: tier)
    let cancel = Lock<(@Sendable () -> Void)?>(nil)
    let server = BodyServer(begins: ["one"]) { _ in cancel.withLock { $0 }?() }
    let backend = try plugin.source.open(
      for: tenant, configuration: [:], services: GrantedServices(["jf.http/1": server]), receiver: receiver)
    let call = receiver.begin(1)
    cancel.withLock { $0 = { backend.cancel(call) } }
    defer { cancel.withLock { $0 = nil } }
    // The body goes on for ever: were it waited for, this would not end.
    let told = try #require(await told("RsR", call, by: backend))
    #expect(!told.contains("two"))
  }

  /// Each leaves a body behind that might go on.
  @Test func whatCallsLeftUnreadTakesNoPlaceFromOthers() async throws {
    let plugin = try TieredPlugin(Self.fixture.get(), in: .strict)
    let server = BodyServer(begins: ["one"]) { body in #expect(body.append("two")) }
    let backend = try plugin.source.open(
      for: tenant, configuration: [:], services: GrantedServices(["jf.http/1": server]), receiver: receiver)
    for number in 1...2100 as ClosedRange<UInt64> {
      let call = receiver.begin(number)
      let told = await told("Rs", call, by: backend)
      try #require(told == "one|")
      receiver.forget(call)
    }
  }
}

/// `jf.http/1` without a network: one body for each call, which begins to come before it is asked for. Whatever else comes,
/// comes when the plugin asks for the head.
private final class BodyServer: HostService {
  final class Body: Sendable {
    private let body = ResponseBody()
    private let left: Lock<ArraySlice<[UInt8]>>

    init(_ left: [[UInt8]]) { self.left = Lock(left[...]) }

    func append(_ text: String) -> Bool { append(Array(text.utf8)) }

    private func append(_ bytes: [UInt8]) -> Bool {
      bytes.withUnsafeBytes { body.append($0, covering: SecretMask()) }
    }

    func end(_ answer: ServiceAnswer, forgets: Bool) { body.end(answer, forgets: forgets) }

    /// - Returns: how many bytes were taken; with the last of them the body ends.
    @discardableResult func sendUntilFull() -> Int {
      var taken = 0
      while let piece = left.withLock({ $0.first }), append(piece) {
        left.withLock { $0 = $0.dropFirst() }
        taken += piece.count
      }
      if left.withLock({ $0.isEmpty }) { end(ServiceAnswer(.ok), forgets: false) }
      return taken
    }

    func read(_ operation: Int, _ capacity: UInt64?, _ reply: @escaping @Sendable (ServiceAnswer) -> Void) {
      let hasRoomAgain =
        operation == PLUGIN_HTTP_STREAM
        ? body.stream(within: PLUGIN_HTTP_WINDOW, PLUGIN_HTTP_PART, reply)
        : body.read(atMost: Int(capacity ?? 1), reply)
      if hasRoomAgain { sendUntilFull() }
    }
  }
  private let beginning: [String]
  private let rest: [[UInt8]]
  private let whenAskedForHead: @Sendable (Body) -> Void
  private let bodies = Lock<[CallHandle: Body]>([:])

  init(begins: [String], then rest: [[UInt8]] = [], whenAskedForHead: @escaping @Sendable (Body) -> Void) {
    beginning = begins
    self.rest = rest
    self.whenAskedForHead = whenAskedForHead
  }

  func answer(_ request: ServiceRequest, reply: @escaping @Sendable (ServiceAnswer) -> Void) {
    let operation = Int(request.operation)
    if operation == PLUGIN_HTTP_REQUEST {
      let body = Body(rest)
      for text in beginning { _ = body.append(text) }
      bodies.withLock { $0[request.call] = body }
      return reply(ServiceAnswer(.ok, Array(number: 1)))
    }
    guard let body = bodies.withLock({ $0[request.call] }) else { return reply(ServiceAnswer(.notFound)) }
    switch operation {
    case PLUGIN_HTTP_RESPONSE:
      whenAskedForHead(body)
      reply(ServiceAnswer(.ok, Array("{}".utf8)))
    case PLUGIN_HTTP_CLOSE:
      bodies.withLock { $0[request.call] = nil }
      body.end(ServiceAnswer(.cancelled), forgets: true)
      reply(ServiceAnswer(.ok))
    default:
      var question = QuestionBytes(request.bytes)
      _ = question.number()
      body.read(operation, question.number(), reply)
    }
  }

  func ended(_ call: CallHandle) {
    bodies.withLock { $0.removeValue(forKey: call) }?.end(ServiceAnswer(.cancelled), forgets: true)
  }
}
