import Glibc
import Invocation
import JSONCodec
import MCPFixtures
import MCPServer
import TestSupport
import Testing
import ToolContracts

@Suite(.timeLimit(.minutes(1)), .serialized, .leavesNothingBehind)
struct EndTests {
  @Test func everythingThatWasAskedBeforeTheEndIsAnswered() async throws {
    let end = try await serving { wire in
      wire.initialize()
      for id in 0..<300 { wire.call("\(id)", "fixture.add", #"{"a":1,"b":2}"#) }
      wire.endInput()
      #expect(Set(wire.receiveRest().compactMap { $0["id"]?.int }) == Set(0..<300))
    }
    #expect(end == .endOfInput)
  }

  @Test func callsThatDoNotEndAreCancelledAndAnsweredWithinTwoSeconds() async throws {
    let gate = Gate()
    try await serving(FixtureHost([gate.plugin])) { wire in
      wire.initialize()
      for id in 0..<8 { wire.call("\(id)", "gate.wait") }
      gate.waitForCalls(8)
      let start = SystemTime().now()
      wire.endInput()
      let answers = wire.receiveRest()
      #expect(start.nanoseconds(until: SystemTime().now()) < 2_000_000_000)
      #expect(Set(answers.compactMap { $0["id"]?.int }) == Set(0..<8))
      for answer in answers {
        #expect(answer.failure?["code"] == "cancelled")
      }
    }
  }

  @Test func aServerThatIsStoppedAnswersWhatIsOpenFirst() async throws {
    let gate = Gate()
    let stop = Cancellation()
    let end = try await serving(FixtureHost([gate.plugin]), stop: stop) { wire in
      wire.initialize()
      wire.call("1", "gate.wait")
      gate.waitForCalls(1)
      stop.cancel()
      gate.open()
      #expect(wire.receiveRest().compactMap { $0["id"]?.int } == [1])
    }
    #expect(end == .stopped)
  }

  @Test func aClientThatStopsReadingCostsBoundedMemoryAndLosesNothing() async throws {
    var limits = MCPServer.Limits()
    limits.queuedBytes = 1 << 20
    limits.runningCalls = 4
    let host = FixtureHost([FixtureTools.all], limits: limits)
    try await serving(host) { wire in
      wire.initialize()
      // 64 answers of 200 KiB; nobody reads while they are asked for.
      let sending = Task(executorPreference: host.lanes) {
        for id in 0..<64 { wire.call("\(id)", "fixture.repeat", #"{"count":100000}"#) }
      }
      await sending.value
      var ids: Set<Int64> = []
      for _ in 0..<64 {
        let answer = wire.receive()
        #expect(answer["result"]?["structuredContent"]?["text"]?.string?.utf8.count == 100_000)
        if let id = answer["id"]?.int { ids.insert(id) }
      }
      #expect(ids == Set(0..<64))
    }
  }

  @Test func aClientThatOnlyAsksIsNotReadAnyFurther() async throws {
    var limits = MCPServer.Limits()
    limits.queuedBytes = 1 << 20
    try await serving(FixtureHost([FixtureTools.all], limits: limits)) { wire in
      let count = wire.pingUntilNothingIsTaken(atMost: 2_000_000)
      #expect(count > 20_000)
      #expect(count < 200_000)
      for _ in 0..<count { _ = wire.receiveLine() }
      wire.request("\"last\"", "ping")
      #expect(wire.receive()["id"] == "last")
    }
  }

  @Test func aClientThatIsGoneEndsTheServer() async throws {
    let gate = Gate()
    let host = FixtureHost([gate.plugin])
    var input: [Int32] = [-1, -1]
    var output: [Int32] = [-1, -1]
    try #require(pipe(&input) == 0 && pipe(&output) == 0)
    signal(SIGPIPE, SIG_IGN)
    close(output[0])
    let serverEnds = (input[0], output[1])
    let served = Task(executorPreference: host.lanes) {
      await host.server.serve(input: serverEnds.0, output: serverEnds.1)
    }
    let ping = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n"
    _ = write(input[1], ping, ping.utf8.count)
    #expect(await served.value == .outputClosed)
    for descriptor in [input[0], input[1], output[1]] { close(descriptor) }
    host.lanes.shutDown()
  }
}
