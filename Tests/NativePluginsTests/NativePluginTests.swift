import JSONCodec
import NativePlugins
import TestSupport
import Testing
import ToolContracts

/// A plugin without a fault, loaded as in production and called through the port.
@Suite(.leavesNothingBehind) struct NativePluginTests {
  private enum Function: Int, CaseIterable {
    case say, later, twice, fail, stream, describe, log, hold, nonsense
  }

  private static let descriptor: String = {
    let functions = Function.allCases.map { function in
      let mayPend = function == .later || function == .hold
      return """
        {"name":"\(function)","description":"d","inputSchema":{"type":"object"},"effect":"none","mayPend":\(mayPend)}
        """
    }
    return """
      {"abi":1,"id":"echo","version":"1.0.0","functions":[\(functions.joined(separator: ","))],"services":["jf.config/1"]}
      """
  }()

  private let tenant = TenantID("acme")!
  private let log = LogRecorder()
  private let receiver: CallRecorder
  private let plugin: NativePlugin

  init() throws {
    let log = log
    receiver = CallRecorder(tenant: tenant)
    plugin = try PluginFixture("plugins/echo", descriptor: Self.descriptor).load(
      with: .forTests(log: { log.write($0) }))
  }

  private func open(
    _ configuration: JSONValue = ["unit": "metre"], services: GrantedServices = .none
  ) throws -> any ToolBackend {
    try plugin.open(
      for: tenant, configuration: configuration, services: services, receiver: receiver)
  }

  @Test func answersAtOnceWithWhatItWasGiven() throws {
    let (backend, call) = (try open(), receiver.begin(1))
    #expect(backend.invoke(call, function: Function.say.rawValue, #"{"word":"héllo"}"#) == .ok)
    #expect(receiver.completion(of: call) == .init(status: .ok, payload: #"{"word":"héllo"}"#))
  }

  @Test func answersLaterFromAThreadOfItsOwn() throws {
    let (backend, call, arguments) = (try open(), receiver.begin(2), Array(#"{"n":1}"#.utf8))
    // The arguments stay where they are until the call is complete, as the port promises.
    let completion = arguments.withUnsafeBytes { bytes in
      #expect(backend.invoke(call, function: Function.later.rawValue, arguments: bytes) == .pending)
      return receiver.waitForCompletion(of: call)
    }
    #expect(completion == .init(status: .ok, payload: #"{"n":1}"#))
  }

  @Test func aSecondCompletionIsRefusedAndChangesNothing() throws {
    let (backend, call) = (try open(), receiver.begin(3))
    #expect(backend.invoke(call, function: Function.twice.rawValue, "{}") == .state)
    #expect(receiver.completion(of: call) == .init(status: .ok, payload: "1"))
  }

  @Test func aFailureCarriesItsMessage() throws {
    let (backend, call) = (try open(), receiver.begin(4))
    _ = backend.invoke(call, function: Function.fail.rawValue, "{}")
    #expect(receiver.completion(of: call) == .init(status: .tool, payload: "no such city"))
  }

  @Test func eventsAndProgressArriveInOrder() throws {
    let (backend, call) = (try open(), receiver.begin(5))
    _ = backend.invoke(call, function: Function.stream.rawValue, "{}")
    #expect(
      receiver.events(of: call) == [
        CallEvent(kind: .text, data: Array("one ".utf8)), CallEvent(kind: .text, data: Array("two".utf8)),
      ])
    #expect(receiver.progress(of: call) == [CallProgress(done: 1, total: 2, note: "half")])
  }

  @Test func knowsWhoAsksUnderWhichKeyAndForHowLong() throws {
    let (backend, call) = (try open(), receiver.begin(6))
    _ = backend.invoke(call, function: Function.describe.rawValue, "{}")
    let key = CallID(run: RunID(milliseconds: 1, randomness: 2), step: 7)
    #expect(
      receiver.completion(of: call)?.payload == "acme \(key) 3 5000000000 {\"unit\":\"metre\"}")
  }

  @Test func theConfigurationIsOnlyForWhoAskedForIt() throws {
    let shy = Self.descriptor.replacing(",\"services\":[\"jf.config/1\"]", with: "")
    let backend = try PluginFixture("plugins/echo", descriptor: shy).load().open(
      for: tenant, configuration: ["unit": "metre"], services: .none, receiver: receiver)
    let call = receiver.begin(7)
    _ = backend.invoke(call, function: Function.describe.rawValue, "{}")
    #expect(receiver.completion(of: call)?.payload.hasSuffix("5000000000 ") == true)
  }

  @Test func aCancelledCallIsStillCompleted() throws {
    let (backend, call) = (try open(), receiver.begin(8))
    #expect(backend.invoke(call, function: Function.hold.rawValue, "{}") == .pending)
    #expect(receiver.completion(of: call) == nil)
    backend.cancel(call)
    #expect(receiver.completion(of: call) == .init(status: .cancelled, payload: "stopped"))
  }

  @Test func logLinesNameThePluginAndTheTenant() throws {
    _ = try open().invoke(receiver.begin(9), function: Function.log.rawValue, "slow answer")
    let line = try #require(log.lines.first)
    #expect(line.level == .warning && line.plugin == "echo" && line.tenant == tenant)
    #expect(line.message == "slow answer" && line.fields == ["attempts": 3] && line.dropped == 0)
  }

  @Test func aLogLineIsCutBetweenCharacters() throws {
    let word = "éa"  // three bytes: 16 KiB is in the middle of an é
    _ = try open().invoke(
      receiver.begin(10), function: Function.log.rawValue, String(repeating: word, count: 10_000))
    let message = try #require(log.lines.first).message
    #expect(message.utf8.count == 16383)
    #expect(message.hasSuffix("éa") && !message.unicodeScalars.contains("\u{fffd}"))
  }

  @Test func aFloodOfLogLinesIsCutOffAndCounted() throws {
    let backend = try open()
    for number in 1...1000 {
      _ = backend.invoke(receiver.begin(UInt64(100 + number)), function: Function.log.rawValue, "again")
    }
    backend.close()
    #expect(log.lines.count < 500)
    let written = log.lines.filter { $0.message == "again" || $0.message == "closed" }.count
    #expect(written + log.lines.reduce(0) { $0 + $1.dropped } == 1001)
  }

  @Test func nonsenseIsAnsweredWithAStatusAndEndsItsCall() throws {
    let (backend, call) = (try open(), receiver.begin(11))
    #expect(backend.invoke(call, function: Function.nonsense.rawValue, "{}").rawValue == 0)
    #expect(receiver.completion(of: call) == .init(status: .internal, payload: ""))
    #expect(log.lines.first?.level == .error)
  }

  @Test(arguments: [-1, 9, Int.max]) func aFunctionThatIsNotThereIsRefused(function: Int) throws {
    #expect(try open().invoke(receiver.begin(12), function: function, "{}") == .argument)
  }

  @Test func aFailedOpenSaysWhatThePluginSaid() throws {
    let failure = #expect(throws: PluginFailure.self) { try open(["refuse": true]) }
    #expect(failure?.code == .openFailed)
    #expect(failure?.message.hasSuffix("told to refuse acme") == true)
  }

  @Test func aConfigurationThatIsNoObjectIsRefused() {
    let failure = #expect(throws: PluginFailure.self) { try open([1]) }
    #expect(failure?.code == .configurationInvalid)
  }

  @Test func isClosedExactlyOnce() throws {
    do {
      let backend = try open()
      backend.close()
      backend.close()
    }
    #expect(log.lines.filter { $0.message == "closed" }.count == 1)
  }

  @Test func isClosedWhenItsLastOwnerForgetsIt() throws {
    _ = try open()
    #expect(log.lines.map(\.message) == ["closed"])
  }

  @Test func openingAndClosingNeverOverlap() async throws {
    try await withThrowingTaskGroup { group in
      for _ in 0..<8 {
        group.addTask { for _ in 0..<100 { try open().close() } }
      }
      try await group.waitForAll()
    }
    #expect(log.lines.filter { $0.message == "closed" }.count == 800)
    #expect(!log.lines.contains { $0.message == "overlapped" })
  }

  @Test func isNamedInTheListOfMappings() throws {
    let maps = try #require(fileText("/proc/self/maps"))
    #expect(maps.contains("memfd:jackfield-plugin:echo"))
  }
}
