import JSONCodec
import Locking
import MCPFixtures
import ToolContracts

/// A tool whose calls stay open until the test lets them go, and a count of those that have begun.
final class Gate: Sendable {
  private let held = Condition<[FixtureCall]>([])

  var plugin: FixturePlugin {
    FixturePlugin("gate", [FixtureTool(pending: "wait") { call in self.hold(call) }])
  }

  private func hold(_ call: FixtureCall) {
    held.withLock { $0.append(call) }
    held.broadcast()
  }

  /// Blocks until `count` calls are held.
  func waitForCalls(_ count: Int) { held.wait { calls -> Void? in calls.count >= count ? () : nil } }

  /// Answers all that are held, the newest first.
  func open(_ answer: JSONValue = ["waited": true]) {
    let calls = held.withLock { calls in
      defer { calls = [] }
      return calls
    }
    for call in calls.reversed() { call.answer(answer) }
  }

  func progress(_ done: Double) { for call in held.withLock({ $0 }) { call.progress(done) } }
}
