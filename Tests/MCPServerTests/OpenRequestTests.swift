import Invocation
import JSONCodec
import Locking
import MCPFixtures
import MCPServer
import TestSupport
import Testing
import ToolContracts

@Suite(.timeLimit(.minutes(1)), .leavesNothingBehind)
struct OpenRequestTests {
  @Test func aSlowToolDelaysNobody() async throws {
    let gate = Gate()
    try await serving(FixtureHost([gate.plugin, FixtureTools.all])) { wire in
      wire.initialize()
      for id in 1...20 { wire.call("\(id)", "gate.wait") }
      gate.waitForCalls(20)
      wire.request("\"ping\"", "ping")
      #expect(wire.receive()["id"] == "ping")
      wire.request("\"list\"", "tools/list")
      #expect(wire.receive()["id"] == "list")
      wire.call("\"call\"", "fixture.echo")
      #expect(wire.receive()["id"] == "call")
      gate.open()
      #expect(Set((1...20).compactMap { _ in wire.receive()["id"]?.int }) == Set(1...20))
    }
  }

  @Test func aToolThatKeepsItsThreadDelaysNobody() async throws {
    let release = Condition(false)
    let blocking = FixturePlugin(
      "block",
      [
        FixtureTool("wait", "Keeps its thread.") { call in
          release.wait { isOpen -> Void? in isOpen ? () : nil }
          call.answer([:])
        }
      ])
    try await serving(FixtureHost([blocking])) { wire in
      wire.initialize()
      for id in 1...8 { wire.call("\(id)", "block.wait") }
      for id in 9...40 {
        wire.request("\(id)", "ping")
        #expect(wire.receive()["id"]?.int == Int64(id))
      }
      release.withLock { $0 = true }
      release.broadcast()
      #expect(Set((1...8).compactMap { _ in wire.receive()["id"]?.int }) == Set(1...8))
    }
  }

  @Test func aCancelledRequestIsNotAnsweredAndItsToolIsToldToStop() async throws {
    let gate = Gate()
    let host = FixtureHost([gate.plugin])
    try await serving(host) { wire in
      wire.initialize()
      wire.call("1", "gate.wait", meta: #"{"progressToken":1}"#)
      wire.call("\"1\"", "gate.wait")
      gate.waitForCalls(2)
      wire.cancel("1")
      wire.cancel("1")
      wire.request("2", "ping")
      #expect(wire.receive()["id"] == 2)
      gate.progress(5)  // of a request that is over
      gate.open()
      #expect(wire.receive()["id"] == "1")
      wire.cancel("\"1\"")
      wire.endInput()
      #expect(wire.receiveRest().isEmpty)
    }
    #expect(host.lanes.counts.callsInUse == 0)
  }

  @Test func theIDOfACancelledRequestMayBeUsedAgain() async throws {
    let gate = Gate()
    try await serving(FixtureHost([gate.plugin, FixtureTools.all])) { wire in
      wire.initialize()
      wire.call("1", "gate.wait")
      gate.waitForCalls(1)
      wire.cancel("1")
      wire.call("1", "fixture.add", #"{"a":1,"b":2}"#)
      #expect(wire.receive()["result"]?["structuredContent"] == ["sum": 3])
      gate.open()
      wire.endInput()
      #expect(wire.receiveRest().isEmpty)
    }
  }

  @Test func cancellingAtAnyMomentGivesAtMostOneAnswer() async throws {
    try await serving { wire in
      wire.initialize()
      for id in 0..<500 {
        wire.call("\(id)", "fixture.add", #"{"a":1,"b":2}"#)
        wire.cancel("\(id)")
      }
      wire.endInput()
      let ids = wire.receiveRest().compactMap { $0["id"]?.int }
      #expect(Set(ids).count == ids.count)
    }
  }

  @Test func aSecondRequestUnderAnOpenIDIsRefusedAndTheFirstIsAnswered() async throws {
    let gate = Gate()
    try await serving(FixtureHost([gate.plugin])) { wire in
      wire.initialize()
      wire.call("5", "gate.wait")
      wire.call("\"5\"", "gate.wait")
      wire.call("5", "gate.wait")
      let refused = wire.receive()
      #expect(refused["id"] == 5)
      #expect(refused.errorCode == -32600)
      gate.waitForCalls(2)
      gate.open()
      let ids = [wire.receive()["id"], wire.receive()["id"]]
      #expect(Set(ids) == [5, "5"])
    }
  }

  @Test func aCallThatIsCancelledWhileItWaitsIsNeverAnsweredAndGivesItsTurnAway() async throws {
    let gate = Gate()
    var limits = MCPServer.Limits()
    limits.runningCalls = 1
    try await serving(FixtureHost([gate.plugin], limits: limits)) { wire in
      wire.initialize()
      for id in 1...3 { wire.call("\(id)", "gate.wait") }
      gate.waitForCalls(1)
      wire.cancel("2")
      wire.request("4", "ping")
      #expect(wire.receive()["id"] == 4)
      gate.open()
      #expect(wire.receive()["id"] == 1)
      gate.waitForCalls(1)
      gate.open()
      #expect(wire.receive()["id"] == 3)
    }
  }

  @Test func callsAboveTheBoundWaitAndThoseAboveThatAreRefused() async throws {
    let gate = Gate()
    var limits = MCPServer.Limits()
    (limits.runningCalls, limits.waitingCalls) = (2, 2)
    try await serving(FixtureHost([gate.plugin], limits: limits)) { wire in
      wire.initialize()
      for id in 1...5 { wire.call("\(id)", "gate.wait") }
      let refused = wire.receive()
      #expect(refused["id"] == 5)
      #expect(refused["result"]?["isError"] == true)
      #expect(refused.failure?["code"] == "rate_limited")
      wire.request("6", "ping")
      #expect(wire.receive()["id"] == 6)
      gate.waitForCalls(2)
      gate.open()
      #expect(Set([wire.receive()["id"], wire.receive()["id"]]) == [1, 2])
      gate.waitForCalls(2)
      gate.open()
      #expect(Set([wire.receive()["id"], wire.receive()["id"]]) == [3, 4])
    }
  }
}
