import FoundationEssentials
import PluginABI
import Synchronization
import Testing

@testable import JackfieldPluginSDK

/// A plugin that is written with the SDK, called as a host calls it: through the C table.
@Suite(.serialized) struct SDKCallTests {
  let host = TestHost(configuration: #"{"greeting":"Moin"}"#)

  private func sample() throws -> UnsafePointer<jf_plugin> { try #require(SamplePlugin.table(1 << 16)) }

  @Test func aToolTurnsItsInputIntoItsOutput() async throws {
    try await host.with(sample()) { plugin in
      let outcome = await plugin.call("greet", #"{"name":"Ada \"A\" /é","times":2}"#)
      #expect(outcome == .init(status: JF_OK, payload: #"{"text":"Moin, Ada \"A\" /é; Moin, Ada \"A\" /é"}"#))
    }
  }

  @Test func everyCallIsCompletedExactlyOnce() async throws {
    try await host.with(sample()) { plugin in
      _ = await plugin.call("greet", #"{"name":"x"}"#, as: 1)
      _ = await plugin.call("fail", #"{"how":"tool"}"#, as: 2)
      _ = await plugin.call("wait", #"{"forever":false}"#, as: 3)
    }
    #expect(host.state.withLock { $0.completions.mapValues(\.count) } == [1: 1, 2: 1, 3: 1])
  }

  @Test(arguments: [
    ("tool", JF_E_TOOL, "the tool says no"), ("ended", JF_E_DEADLINE, "the deadline has passed"),
    ("busy", JF_E_BUSY, "later"), ("denied", JF_E_DENIED, "who are you"),
    ("unreachable", JF_E_IO, "nobody there"),
    ("defect", JF_E_INTERNAL, "Defect()"),
  ])
  func anErrorHasTheStatusOfItsKindAndAMessage(how: String, status: Int, message: String) async throws {
    try await host.with(sample()) { plugin in
      #expect(await plugin.call("fail", #"{"how":"\#(how)"}"#) == .init(status: status, payload: message))
    }
  }

  @Test(arguments: [#"{"nome":"x"}"#, "[]", "", #"{"name":7}"#, "{"])
  func argumentsThatDoNotFitAreAnArgumentErrorAndNoDefect(arguments: String) async throws {
    try await host.with(sample()) { plugin in
      #expect(await plugin.call("greet", arguments).status == JF_E_ARGUMENT)
    }
  }

  @Test func aFunctionThatDoesNotExistIsRefused() async throws {
    try await host.with(sample()) { plugin in
      #expect(plugin.invoke(1, "no such function", "{}") == JF_E_ARGUMENT)
    }
  }

  @Test func theContextTellsWhoAsksAndCarriesProgressContentAndLogs() async throws {
    try await host.with(sample()) { plugin in
      let outcome = await plugin.call("report", "{}")
      let report = try JSONDecoder().decode(Report.Output.self, from: Data(outcome.payload.utf8))
      #expect(report == .init(tenant: "acme", run: "run-1", key: "run-1/3", attempt: 2, cancelled: false))
    }
    #expect(host.state.withLock { $0.logs } == ["progress 1.0/2.0 half", #"2 asked {"by":"acme"}"#])
    #expect(
      host.state.withLock { $0.events } == [
        .init(kind: JF_EVENT_CONTENT, data: #"{"text":"beside","type":"text"}"#)
      ])
  }

  @Test(.timeLimit(.minutes(1)))
  func anAsyncToolPendsAndIsCancelledThroughTheTable() async throws {
    try await host.with(sample()) { plugin in
      #expect(plugin.invoke(7, "wait", #"{"forever":true}"#) == JF_PENDING)
      plugin.cancel(7)
      #expect(await host.outcome(of: 7) == .init(status: JF_E_CANCELLED, payload: "the call was cancelled"))
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func aCallThatNobodyWaitsForWhenItStartsIsCancelledWithoutBeingAsked() async throws {
    host.state.withLock { _ = $0.ended.insert(8) }
    try await host.with(sample()) { plugin in
      #expect(await plugin.call("wait", #"{"forever":true}"#, as: 8).status == JF_E_CANCELLED)
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func cancelsThatRaceWithStartsAndEndsLoseNoCall() async throws {
    let calls = jf_call(100)..<1100
    try await host.with(sample()) { plugin in
      await withTaskGroup(of: Void.self) { group in
        for call in calls {
          group.addTask { plugin.invoke(call, "wait", #"{"forever":\#(call % 2 == 0)}"#) }
          group.addTask {
            // The host says that nobody waits before it cancels.
            plugin.host.state.withLock { _ = $0.ended.insert(call) }
            plugin.cancel(call)
          }
        }
        await group.waitForAll()
      }
      for call in calls { _ = await host.outcome(of: call) }
    }
    let outcomes = host.state.withLock { $0.completions }
    #expect(outcomes.count == calls.count && outcomes.values.allSatisfy { $0.count == 1 })
    #expect(calls.allSatisfy { $0 % 2 != 0 || outcomes[$0]?.first?.status == JF_E_CANCELLED })
  }

  @Test(.timeLimit(.minutes(1)))
  func anInstanceIsReleasedWhenItIsClosed() async throws {
    try await TestHost(configuration: #"{"greeting":"Servus"}"#).with(sample()) { plugin in
      _ = await plugin.call("wait", #"{"forever":false}"#)
      #expect(SamplePlugin.open.withLock { $0["Servus"] } == 1)
    }
    // The task of the pending call holds the instance until it has returned.
    while SamplePlugin.open.withLock({ $0["Servus"] }) != 0 { await Task.yield() }
  }

  @Test(arguments: [
    (#"{"greeting":3}"#, "the configuration does not fit: greeting"),
    (#"{"greeting":""}"#, "greeting is empty"),
  ])
  func aConfigurationThatDoesNotFitRefusesToOpenAndSaysWhere(configuration: String, message: String)
    async throws
  {
    let table = try sample()
    do {
      _ = try await TestHost(configuration: configuration).with(table) { _ in Issue.record("opened") }
    } catch let failure as OpenFailed {
      #expect(failure.status == JF_E_ARGUMENT)
      #expect(failure.message.hasPrefix(message))
    }
  }

  @Test func withoutAConfigurationAPluginOpensWithItsDefaults() async throws {
    try await TestHost().with(sample()) { plugin in
      #expect(await plugin.call("greet", #"{"name":"x"}"#).payload == #"{"text":"Hello, x"}"#)
    }
  }

  @Test func aHostOfAnotherMajorVersionIsRefused() {
    #expect(SamplePlugin.table(2 << 16) == nil)
    #expect(SamplePlugin.table(0) == nil)
    #expect(SamplePlugin.table(1 << 16 | 9) != nil)
  }
}
