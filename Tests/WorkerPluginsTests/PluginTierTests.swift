import JSONCodec
import Locking
import PluginFixtures
import TestSupport
import Testing
import ToolContracts
import WorkerPlugins

/// A plugin without a fault, called through the port: it cannot tell where it runs, and neither can its caller.
@Suite(.leavesNothingBehind) struct PluginTierTests {
  private typealias Function = EchoPlugin.Function

  private let tenant = TenantID("acme")!
  private let receiver: CallRecorder

  init() { receiver = CallRecorder(tenant: tenant) }

  /// Built once for all of them.
  private static let fixture = Result { try PluginFixture("plugins/echo", descriptor: EchoPlugin.descriptor) }

  private func echo(_ tier: PluginTier) throws -> TieredPlugin {
    try TieredPlugin(Self.fixture.get(), in: tier)
  }

  private func open(
    _ plugin: TieredPlugin, _ configuration: JSONValue = ["unit": "metre"]
  ) throws -> any ToolBackend {
    try plugin.source.open(
      for: tenant, configuration: configuration, services: .none, receiver: receiver)
  }

  @Test(arguments: PluginTier.allCases)
  func answersAtOnceWithWhatItWasGiven(tier: PluginTier) throws {
    let plugin = try echo(tier)
    let (backend, call) = (try open(plugin), receiver.begin(1))
    #expect(backend.invoke(call, function: Function.say.rawValue, #"{"word":"héllo"}"#) == .ok)
    #expect(receiver.completion(of: call) == .init(status: .ok, payload: #"{"word":"héllo"}"#))
  }

  /// Around what a packet holds, and far beyond it.
  @Test(arguments: PluginTier.allCases, [0, 1, 65_000, 65_495, 65_496, 65_497, 200_000, 5_000_000])
  func bytesOfAnyNumberComeThroughWhole(tier: PluginTier, count: Int) throws {
    let plugin = try echo(tier)
    let (backend, call) = (try open(plugin), receiver.begin(1))
    let text = String((0..<count).map { Character(Unicode.Scalar(UInt8(97 + $0 % 26))) })
    #expect(backend.invoke(call, function: Function.say.rawValue, text) == .ok)
    #expect(receiver.completion(of: call)?.payload == text)
  }

  @Test(arguments: PluginTier.allCases)
  func answersLaterFromAThreadOfItsOwn(tier: PluginTier) throws {
    let plugin = try echo(tier)
    let (backend, call, arguments) = (try open(plugin), receiver.begin(2), Array(#"{"n":1}"#.utf8))
    // The arguments stay where they are until the call is complete, as the port promises.
    let completion = arguments.withUnsafeBytes { bytes in
      #expect(backend.invoke(call, function: Function.later.rawValue, arguments: bytes) == .pending)
      return receiver.waitForCompletion(of: call)
    }
    #expect(completion == .init(status: .ok, payload: #"{"n":1}"#))
  }

  @Test(arguments: PluginTier.allCases)
  func aSecondCompletionChangesNothing(tier: PluginTier) throws {
    let plugin = try echo(tier)
    let (backend, call) = (try open(plugin), receiver.begin(3))
    _ = backend.invoke(call, function: Function.twice.rawValue, "{}")
    #expect(receiver.completion(of: call) == .init(status: .ok, payload: "1"))
    let next = receiver.begin(4)
    #expect(backend.invoke(next, function: Function.say.rawValue, "{}") == .ok)
    #expect(receiver.completion(of: next) == .init(status: .ok, payload: "{}"))
  }

  @Test(arguments: PluginTier.allCases)
  func aFailureCarriesItsMessage(tier: PluginTier) throws {
    let plugin = try echo(tier)
    let (backend, call) = (try open(plugin), receiver.begin(4))
    _ = backend.invoke(call, function: Function.fail.rawValue, "{}")
    #expect(receiver.completion(of: call) == .init(status: .tool, payload: "no such city"))
  }

  @Test(arguments: PluginTier.allCases)
  func eventsAndProgressArriveInOrder(tier: PluginTier) throws {
    let plugin = try echo(tier)
    let (backend, call) = (try open(plugin), receiver.begin(5))
    _ = backend.invoke(call, function: Function.stream.rawValue, "{}")
    #expect(
      receiver.events(of: call) == [
        CallEvent(kind: .text, data: Array("one ".utf8)), CallEvent(kind: .text, data: Array("two".utf8)),
      ])
    #expect(receiver.progress(of: call) == [CallProgress(done: 1, total: 2, note: "half")])
  }

  @Test(arguments: PluginTier.allCases)
  func knowsWhoAsksUnderWhichKeyAndForHowLong(tier: PluginTier) throws {
    let plugin = try echo(tier)
    let (backend, call) = (try open(plugin), receiver.begin(6))
    _ = backend.invoke(call, function: Function.describe.rawValue, "{}")
    let words = try #require(receiver.completion(of: call)).payload.split(separator: " ")
    let key = CallID(run: RunID(milliseconds: 1, randomness: 2), step: 7)
    #expect(words.prefix(3) == ["acme", "\(key)", "3"] && words.last == #"{"unit":"metre"}"#)
    let remaining = try #require(Int64(words[3]))
    #expect((1...CallRecorder.remainingNanoseconds).contains(remaining))
  }

  @Test(arguments: PluginTier.allCases)
  func theConfigurationIsOnlyForWhoAskedForIt(tier: PluginTier) throws {
    let shy = EchoPlugin.descriptor.replacing(",\"services\":[\"jf.config/1\"]", with: "")
    let plugin = try TieredPlugin(PluginFixture("plugins/echo", descriptor: shy), in: tier)
    let (backend, call) = (try open(plugin), receiver.begin(7))
    _ = backend.invoke(call, function: Function.describe.rawValue, "{}")
    #expect(receiver.completion(of: call)?.payload.hasSuffix(" ") == true)
  }

  @Test(arguments: PluginTier.allCases)
  func aCancelledCallIsStillCompleted(tier: PluginTier) throws {
    let plugin = try echo(tier)
    let (backend, call) = (try open(plugin), receiver.begin(8))
    #expect(backend.invoke(call, function: Function.hold.rawValue, "{}") == .pending)
    #expect(receiver.completion(of: call) == nil)
    backend.cancel(call)
    #expect(receiver.waitForCompletion(of: call)?.status == .cancelled)
  }

  @Test(arguments: PluginTier.allCases)
  func logLinesNameThePluginAndTheTenant(tier: PluginTier) throws {
    let plugin = try echo(tier)
    let backend = try open(plugin)
    _ = backend.invoke(receiver.begin(9), function: Function.log.rawValue, "slow answer")
    let line = try #require(plugin.log.lines.first)
    #expect(line.level == .warning && line.plugin == "echo" && line.tenant == tenant)
    #expect(line.message == "slow answer" && line.fields == ["attempts": 3] && line.dropped == 0)
  }

  @Test(arguments: PluginTier.allCases)
  func aLogLineIsCutBetweenCharacters(tier: PluginTier) throws {
    let plugin = try echo(tier)
    let word = "éa"  // three bytes: 16 KiB is in the middle of an é
    let backend = try open(plugin)
    _ = backend.invoke(
      receiver.begin(10), function: Function.log.rawValue, String(repeating: word, count: 10_000))
    let message = try #require(plugin.log.lines.first).message
    #expect(message.utf8.count == 16383)
    #expect(message.hasSuffix("éa") && !message.unicodeScalars.contains("\u{fffd}"))
  }

  @Test(arguments: PluginTier.allCases)
  func aFloodOfLogLinesIsCutOffAndCounted(tier: PluginTier) throws {
    let plugin = try echo(tier)
    let backend = try open(plugin)
    for number in 1...1000 {
      _ = backend.invoke(receiver.begin(UInt64(100 + number)), function: Function.log.rawValue, "again")
    }
    backend.close()
    let lines = plugin.log.lines
    #expect(lines.count < 500)
    // The one that says that it is closed may be among the dropped, and comes late from a worker.
    let written = lines.filter { $0.message == "again" }.count
    #expect((1000...1001).contains(written + lines.reduce(0) { $0 + $1.dropped }))
  }

  @Test(arguments: PluginTier.allCases)
  func nonsenseIsAnsweredWithAStatusAndEndsItsCall(tier: PluginTier) throws {
    let plugin = try echo(tier)
    let (backend, call) = (try open(plugin), receiver.begin(11))
    #expect(backend.invoke(call, function: Function.nonsense.rawValue, "{}").rawValue == 0)
    #expect(receiver.completion(of: call) == .init(status: .internal, payload: ""))
    #expect(plugin.log.lines.first?.level == .error)
  }

  @Test(arguments: PluginTier.allCases, [-1, 9, Int.max])
  func aFunctionThatIsNotThereIsRefused(tier: PluginTier, function: Int) throws {
    let plugin = try echo(tier)
    #expect(try open(plugin).invoke(receiver.begin(12), function: function, "{}") == .argument)
  }

  @Test(arguments: PluginTier.allCases)
  func aConfigurationThatIsNoObjectIsRefused(tier: PluginTier) throws {
    let plugin = try echo(tier)
    let failure = #expect(throws: PluginFailure.self) { try open(plugin, [1]) }
    #expect(failure?.code == .configurationInvalid)
  }

  /// A worker opens its plugin with the first call, which then has nowhere to go.
  @Test(arguments: [PluginTier.standard, .strict])
  func aFailedOpenIsToldToTheOperatorAlone(tier: PluginTier) throws {
    let plugin = try echo(tier)
    let (backend, call) = (try open(plugin, ["refuse": true]), receiver.begin(13))
    #expect(backend.invoke(call, function: Function.say.rawValue, "{}") == .unavailable)
    #expect(receiver.completion(of: call) == nil)
    let line = try #require(plugin.log.lines.first)
    #expect(line.level == .error && line.message.hasPrefix("open_failed: "))
    #expect(line.message.hasSuffix("told to refuse acme"))
  }

  @Test(arguments: PluginTier.allCases)
  func callsOfManyThreadsKeepTheirAnswersApart(tier: PluginTier) throws {
    let plugin = try echo(tier)
    let backend = try open(plugin)
    let receiver = receiver
    let wrong = Condition((count: 0, threads: 40))
    // More than a worker takes at a time: the others wait.
    for thread in 1...40 {
      onNewThread {
        for number in 1...50 {
          let call = receiver.begin(UInt64(thread * 1000 + number))
          let text = "{\"thread\":\(thread),\"number\":\(number)}"
          let status = backend.invoke(call, function: Function.say.rawValue, text)
          guard status == .ok, receiver.completion(of: call)?.payload == text else {
            wrong.withLock { $0.count += 1 }
            continue
          }
        }
        wrong.withLock { $0.threads -= 1 }
        wrong.broadcast()
      }
    }
    #expect(wrong.wait { $0.threads == 0 ? $0.count : nil } == 0)
  }
}
