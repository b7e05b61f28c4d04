import PluginABI
import Synchronization
import Testing

@testable import JackfieldPluginSDK

/// The fixture does what other tests rely on.
@Suite struct SlowPluginTests {
  private let host = TestHost()

  private func slow<R>(_ body: (OpenInstance) async throws -> R) async throws -> R {
    try await host.with(loadPlugin(Shell.products + "/libslow.so"), body)
  }

  @Test(arguments: ["sleep", "spin", "later", "late"])
  func itTakesItsTimeAndThenAnswers(function: String) async throws {
    try await slow { plugin in
      let clock = ContinuousClock()
      let started = clock.now
      let outcome = await plugin.call(function, #"{"milliseconds": 20}"#)
      #expect(outcome == .init(status: JF_OK, payload: #"{"milliseconds":20}"#))
      #expect(clock.now - started >= .milliseconds(20))
    }
  }

  @Test func laterHearsACancelAndLateDoesNot() async throws {
    try await slow { plugin in
      #expect(plugin.invoke(1, "later", #"{"milliseconds":60000}"#) == JF_PENDING)
      #expect(plugin.invoke(2, "late", #"{"milliseconds":30}"#) == JF_PENDING)
      plugin.cancel(1)
      plugin.cancel(2)
      #expect(await host.outcome(of: 1) == .init(status: JF_E_CANCELLED, payload: "cancelled"))
      #expect(await host.outcome(of: 2) == .init(status: JF_OK, payload: #"{"milliseconds":30}"#))
    }
  }

  @Test func manyPendingCallsEachCompleteOnce() async throws {
    try await slow { plugin in
      for call in jf_call(1)...50 { plugin.invoke(call, "later", #"{"milliseconds":\#(call % 5)}"#) }
      for call in jf_call(1)...50 { #expect(await host.outcome(of: call).status == JF_OK) }
    }
    #expect(host.state.withLock { $0.completions.values.allSatisfy { $0.count == 1 } })
  }

  @Test func theOthersMisbehaveAsTheySay() async throws {
    try await slow { plugin in
      #expect(await plugin.call("wrong", "{}", as: 1).payload == #"{"value":"no number"}"#)
      #expect(
        await plugin.call("raise", "{}", as: 2) == .init(status: JF_E_TOOL, payload: "raised on request"))
      #expect(await plugin.call("raise", #"{"status":-9}"#, as: 3).status == JF_E_BUSY)
      #expect(
        await plugin.call("echo", #"{"a": [1, {"b": null}]}"#, as: 4).payload == #"{"a": [1, {"b": null}]}"#)
      #expect(await plugin.call("big", #"{"bytes":100000}"#, as: 5).payload.utf8.count == 100_000)
      #expect(plugin.invoke(6, "never", "{}") == JF_PENDING)
      _ = await plugin.call("twice", "{}", as: 7)
    }
    #expect(host.state.withLock { $0.completions[7]?.map(\.payload) } == [#"{"time":1}"#, #"{"time":2}"#])
    #expect(host.state.withLock { $0.completions[6] } == nil)
  }
}
