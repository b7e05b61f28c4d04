import FlowEngine
import Invocation
import JSONCodec
import Locking
import Storage
import TestSupport
import Testing
import ToolContracts

/// What becomes of a run whose host stopped: at every event of its journal, as if it had been killed there.
@Suite(.leavesNothingBehind) struct ResumeTests {
  /// Two turns: all three kinds of effect at once, then one more call that must not be repeated.
  private static let answers = [
    ScriptedFlow.calling([
      ("1", "script_work", #"{"n":1}"#), ("2", "script_put", #"{"n":2}"#), ("3", "script_write", #"{"n":3}"#),
      ("4", "no_such_tool", "{}"),
    ]),
    ScriptedFlow.calling([("5", "script_write", #"{"n":5}"#)]),
    ScriptedFlow.done,
  ]

  /// A host, and what its tools were asked to do: tool and arguments.
  private struct Life {
    let flow: ScriptedFlow
    let calls = Lock<[String]>([])

    init(journal events: [JournalEvent] = [], reconcile: ScriptedFlow.Tool? = nil) async throws {
      flow = try ScriptedFlow(answers: ResumeTests.answers, reconcile: reconcile) {
        [calls] lanes, call, tool, arguments in
        calls.withLock { $0.append("\(tool) \(String(decoding: arguments, as: UTF8.self))") }
        return arguments.withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
      }
      try await flow.journal.append(events, .durable)
    }
  }

  private func wholeRun() async throws -> [JournalEvent] {
    let life = try await Life()
    defer { life.flow.lanes.shutDown() }
    #expect(await life.flow.ask().status == .succeeded)
    return try await life.flow.events()
  }

  @Test func killedAtAnyEventTheRunEndsAsItWouldHaveAndNoEffectIsRepeated() async throws {
    let whole = try await wholeRun()
    var doubts = 0
    for length in 1..<whole.count {
      let prefix = Array(whole[..<length])
      let life = try await Life(journal: prefix)
      var outcome = try await life.flow.resume()
      if outcome.status == .inDoubt {
        doubts += 1
        #expect(
          life.calls.withLock { $0 } == [], "a call was made beside one in doubt, after \(length) events")
        try await resolveAll(life, as: .happened)
        outcome = try await life.flow.resume()
      }
      #expect(outcome == FlowOutcome(status: .succeeded, text: "done", agent: "a"), "after \(length) events")
      // A write that had begun before is not made again.
      let begun = prefix.filter {
        $0.kind == .toolStarted && String(decoding: $0.data, as: UTF8.self).contains("write")
      }
      let writes = life.calls.withLock { $0.filter { $0.hasPrefix("write") } }
      #expect(writes.count == 2 - begun.count, "after \(length) events")
      life.flow.lanes.shutDown()
    }
    // Between the beginning and the end of each of the two writes there is at least one event.
    #expect(doubts >= 2)
  }

  @Test func aResumedRunsJournalReplaysLikeAnyOther() async throws {
    let whole = try await wholeRun()
    for length in 1..<whole.count {
      let life = try await Life(journal: Array(whole[..<length]))
      if try await life.flow.resume().status == .inDoubt {
        try await resolveAll(life, as: .didNot)
        _ = try await life.flow.resume()
      }
      let count = try await life.flow.runner.replay(ScriptedFlow.run, of: ScriptedFlow.tenant)
      #expect(count == (try await life.flow.events().count), "after \(length) events")
      life.flow.lanes.shutDown()
    }
  }

  @Test func aRepeatedCallHasTheSameKeyAndSaysThatItIsARepetition() async throws {
    let whole = try await wholeRun()
    let started = try #require(
      whole.firstIndex {
        $0.kind == .toolStarted && String(decoding: $0.data, as: UTF8.self).contains("script.put")
      })
    let step = whole[started].step
    let cut = whole.filter { !($0.step == step && $0.kind == .toolFinished) }.prefix { $0.turn < 2 }
    let life = try await Life(journal: Array(cut))
    defer { life.flow.lanes.shutDown() }
    _ = try await life.flow.resume()
    let again = try await life.flow.events().filter { $0.step == step && $0.kind == .toolStarted }
    #expect(again.count == 2)
    #expect(try JSONDocument(parsing: again[1].data).root["attempt"]?.int == 2)
  }

  @Test func didNotMeansThatTheCallIsMade() async throws {
    let prefix = try await untilTheSecondWrite()
    let life = try await Life(journal: prefix)
    defer { life.flow.lanes.shutDown() }
    #expect(try await life.flow.resume().status == .inDoubt)
    try await resolveAll(life, as: .didNot)
    #expect(try await life.flow.resume().status == .succeeded)
    #expect(life.calls.withLock { $0 } == [#"write {"n":5}"#])
  }

  @Test func whatWasSaidOfOneAttemptSaysNothingOfTheNext() async throws {
    let first = try await Life(journal: try await untilTheSecondWrite())
    defer { first.flow.lanes.shutDown() }
    #expect(try await first.flow.resume().status == .inDoubt)
    try await resolveAll(first, as: .didNot)
    #expect(try await first.flow.resume().status == .succeeded)
    // This host dies during the second attempt.
    let events = try await first.flow.events()
    let second = try #require(events.lastIndex { $0.kind == .toolStarted })
    let life = try await Life(journal: Array(events[...second]))
    defer { life.flow.lanes.shutDown() }
    #expect(try await life.flow.resume().status == .inDoubt)
    #expect(life.calls.withLock { $0 } == [])
  }

  @Test func oneOfTwoDoubtsThatIsResolvedLeavesTheRunInDoubt() async throws {
    let both = [
      ScriptedFlow.calling([("1", "script_write", #"{"n":1}"#), ("2", "script_write", #"{"n":2}"#)]),
      ScriptedFlow.done,
    ]
    let whole = try ScriptedFlow(answers: both) { lanes, call, _, arguments in
      arguments.withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
    defer { whole.lanes.shutDown() }
    _ = await whole.ask()
    let cut = try await whole.events().prefix { $0.turn < 2 }.filter { $0.kind != .toolFinished }
    let flow = try ScriptedFlow(answers: both) { _, _, _, _ in .internal }
    defer { flow.lanes.shutDown() }
    try await flow.journal.append(cut, .durable)
    #expect(try await flow.resume().status == .inDoubt)
    let statuses: [RunSummary.Status] = [.inDoubt, .open]
    let history = try #require(RunHistory(try await flow.events()))
    for (step, status) in zip(history.doubts.keys.sorted(), statuses) {
      try await flow.runner.resolve(
        ScriptedFlow.run, step: step, as: .happened, by: "ops", of: ScriptedFlow.tenant)
      let listed = try await flow.journal.runs(tenant: ScriptedFlow.tenant, limit: 1, before: nil)
      #expect(listed.first?.status == status)
    }
    #expect(try await flow.resume().status == .succeeded)
  }

  @Test func aDoubtThatCouldNotBeRecordedIsToldAsSuch() async throws {
    let flow = try ScriptedFlow(answers: ResumeTests.answers, refusing: .toolFinished) { _, _, _, _ in
      .internal
    }
    defer { flow.lanes.shutDown() }
    try await flow.journal.append(try await untilTheSecondWrite(), .durable)
    #expect(try await flow.resume().status == .failed)
  }

  /// Why a run was stopped is known only together with its end.
  @Test func aCancelledRunThatCannotBeEndedGoesOnAsIfItHadNotBeenCancelled() async throws {
    let cancellation = Cancellation()
    let broken = try ScriptedFlow(answers: ResumeTests.answers, refusing: .runFinished) {
      lanes, call, _, arguments in
      cancellation.cancel()
      return arguments.withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
    #expect(await broken.ask(cancellation).status == .failed)
    let events = try await broken.events()
    broken.lanes.shutDown()
    #expect(!events.contains { $0.kind == .agentFinished })
    let life = try await Life(journal: events)
    defer { life.flow.lanes.shutDown() }
    if try await life.flow.resume().status == .inDoubt {
      try await resolveAll(life, as: .happened)
      _ = try await life.flow.resume()
    }
    #expect(try await life.flow.events().last?.kind == .runFinished)
  }

  /// A host whose plugin answers `json` when it is asked what became of a call.
  private func lifeOfAPluginThatSays(_ json: String) async throws -> Life {
    try await Life(journal: try await untilTheSecondWrite()) { lanes, call, tool, arguments in
      #expect(tool == "write" && arguments == Array(#"{"n":5}"#.utf8))
      return Array(json.utf8).withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
  }

  @Test func whatThePluginCanLookUpNoPersonIsAskedAbout() async throws {
    let life = try await lifeOfAPluginThatSays(#"{"outcome":"happened","result":{"n":5}}"#)
    defer { life.flow.lanes.shutDown() }
    #expect(try await life.flow.resume().status == .succeeded)
    #expect(life.calls.withLock { $0 } == [])
    let told = life.flow.requests.withLock {
      $0.last?["messages"]?.array?.last { $0["role"]?.string == "tool" }
    }
    #expect(told?["content"]?.string == #"{"n":5}"# && told?["isError"]?.bool != true)
    let resolved = try #require(try await life.flow.events().first { $0.kind == .toolResolved })
    #expect(try JSONDocument(parsing: resolved.data).root["by"]?.string == "plugin")
    let count = try await life.flow.runner.replay(ScriptedFlow.run, of: ScriptedFlow.tenant)
    #expect(count == (try await life.flow.events().count))
  }

  @Test func whatThePluginKnowsNotToHaveHappenedIsMade() async throws {
    let life = try await lifeOfAPluginThatSays(#"{"outcome":"did_not_happen"}"#)
    defer { life.flow.lanes.shutDown() }
    #expect(try await life.flow.resume().status == .succeeded)
    #expect(life.calls.withLock { $0 } == [#"write {"n":5}"#])
    _ = try await life.flow.runner.replay(ScriptedFlow.run, of: ScriptedFlow.tenant)
  }

  @Test(arguments: [Resolution.didNot, nil])
  func whoResolvesHearsThePluginFirstAndItsCertainWordHolds(_ said: Resolution?) async throws {
    let answer = Lock(#"{"outcome":"unknown","note":"the bank is closed"}"#)
    let life = try await Life(journal: try await untilTheSecondWrite()) { lanes, call, tool, arguments in
      #expect(tool == "write" && arguments == Array(#"{"n":5}"#.utf8))
      return Array(answer.withLock { $0 }.utf8).withUnsafeBytes {
        lanes.complete(call, status: .ok, payload: $0)
      }
    }
    defer { life.flow.lanes.shutDown() }
    _ = try await life.flow.resume()
    let step = try #require(try await life.flow.events().last { $0.kind == .toolFinished }?.step)
    answer.withLock { $0 = #"{"outcome":"happened","result":{"n":5}}"# }
    let source = try await life.flow.runner.resolve(
      ScriptedFlow.run, step: step, as: said, by: "ops", of: ScriptedFlow.tenant)
    #expect(source == .plugin(.happened))
    #expect(try await life.flow.resume().status == .succeeded)
    #expect(life.calls.withLock { $0 } == [])
    _ = try await life.flow.runner.replay(ScriptedFlow.run, of: ScriptedFlow.tenant)
  }

  @Test func whatThePluginDoesNotKnowAPersonHasToSay() async throws {
    let life = try await lifeOfAPluginThatSays(#"{"outcome":"unknown","note":"the bank is closed"}"#)
    defer { life.flow.lanes.shutDown() }
    _ = try await life.flow.resume()
    let step = try #require(try await life.flow.events().last { $0.kind == .toolFinished }?.step)
    func resolve(_ said: Resolution?) async throws(RunFailure) -> ResolutionSource {
      try await life.flow.runner.resolve(
        ScriptedFlow.run, step: step, as: said, by: "ops", of: ScriptedFlow.tenant)
    }
    do throws(RunFailure) {
      _ = try await resolve(nil)
      Issue.record("nobody said anything")
    } catch { #expect(error.code == .runIsInDoubt && error.message.contains("the bank is closed")) }
    #expect(try await resolve(.happened) == .person)
    #expect(try await life.flow.resume().status == .succeeded)
    #expect(life.calls.withLock { $0 } == [])
  }

  @Test func aPluginIsAskedAgainUntilItKnows() async throws {
    let answer = Lock(#"{"outcome":"unknown","note":"the bank is closed"}"#)
    let life = try await Life(journal: try await untilTheSecondWrite()) { lanes, call, _, _ in
      Array(answer.withLock { $0 }.utf8).withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
    defer { life.flow.lanes.shutDown() }
    let doubt = try await life.flow.resume()
    #expect(doubt.status == .inDoubt && doubt.failure?.message.contains("the bank is closed") == true)
    let kept = try await life.flow.events().last { $0.kind == .toolFinished }
    #expect(try kept.map { try JSONDocument(parsing: $0.data).root["note"]?.string } == "the bank is closed")
    answer.withLock { $0 = #"{"outcome":"happened","result":{"n":5}}"# }
    #expect(try await life.flow.resume().status == .succeeded)
    #expect(life.calls.withLock { $0 } == [])
  }

  @Test func aRunInDoubtIsListedAsSuchAndOpenOnceItIsResolved() async throws {
    let life = try await Life(journal: try await untilTheSecondWrite())
    defer { life.flow.lanes.shutDown() }
    _ = try await life.flow.resume()
    func status() async throws -> RunSummary.Status? {
      try await life.flow.journal.runs(tenant: ScriptedFlow.tenant, limit: 1, before: nil).first?.status
    }
    #expect(try await status() == .inDoubt)
    // Asked again, nothing new is known and nothing is written twice.
    let count = try await life.flow.events().count
    #expect(try await life.flow.resume().status == .inDoubt)
    #expect(try await life.flow.events().count == count)
    try await resolveAll(life, as: .happened)
    #expect(try await status() == .open)
  }

  @Test func whatIsFinishedUnknownOrNotInDoubtIsLeftAlone() async throws {
    let life = try await Life(journal: try await wholeRun())
    defer { life.flow.lanes.shutDown() }
    let before = try await life.flow.events()
    await #expect(throws: RunFailure(.runIsFinished, "the run \(ScriptedFlow.run) is finished")) {
      try await life.flow.resume()
    }
    #expect(
      await failure {
        try await life.flow.runner.replay(RunID(milliseconds: 1, randomness: 1), of: ScriptedFlow.tenant)
      }?.code == .runNotFound)
    #expect(
      await failure { try await life.flow.runner.replay(ScriptedFlow.run, of: TenantID("globex")!) }?.code
        == .runNotFound)
    #expect(
      await failure {
        try await life.flow.runner.resolve(
          ScriptedFlow.run, step: 3, as: .retry, by: "", of: ScriptedFlow.tenant)
      }?.code == .stepNotInDoubt)
    #expect(try await life.flow.events() == before)
  }

  @Test func aRunThatIsGoingOnElsewhereIsLeftAlone() async throws {
    let leases = MemoryRunLeases()
    let flow = try ScriptedFlow(answers: ResumeTests.answers, leases: leases) { _, _, _, _ in .ok }
    defer { flow.lanes.shutDown() }
    let lease = leases.claim(ScriptedFlow.run, takingOver: false)
    #expect(await failure { try await flow.resume() }?.code == .runIsGoingOn)
    lease?.release()
    #expect(await failure { try await flow.resume() }?.code == .runNotFound)
  }

  @Test func aRunThatHangsIsNotBegunASecondTimeByItsOwnProcessOnceAnotherHostHasHadIt() async throws {
    let leases = MemoryRunLeases()
    let (begun, begins) = AsyncStream.makeStream(of: CallHandle.self)
    let calls = Lock(0)
    let flow = try ScriptedFlow(
      answers: [ScriptedFlow.calling([("1", "script_work", "{}")]), ScriptedFlow.done], leases: leases
    ) { lanes, call, _, _ in
      let isFirst = calls.withLock { calls in
        calls += 1
        return calls == 1
      }
      guard isFirst else { return Self.complete(call, on: lanes) }
      begins.yield(call)
      return .pending
    }
    defer { flow.lanes.shutDown() }
    async let outcome = flow.ask()
    var hanging = begun.makeAsyncIterator()
    let call = try #require(await hanging.next())
    let other = leases.claim(ScriptedFlow.run, takingOver: true)
    other?.release()
    #expect(!leases.isHeld(ScriptedFlow.run))
    #expect(await failure { try await flow.resume() }?.code == .runIsGoingOn)
    #expect(await flow.runner.recover(ScriptedFlow.tenant) { false } == RecoveryReport())
    #expect(calls.withLock { $0 } == 1)
    _ = Self.complete(call, on: flow.lanes)
    #expect(await outcome.status == .succeeded)
    // It was given back.
    #expect(await failure { try await flow.resume() }?.code == .runIsFinished)
  }

  private static func complete(_ call: CallHandle, on lanes: LanePool) -> CallStatus {
    Array("{}".utf8).withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
  }

  @Test func aFlowThatDecidesOtherwiseIsFoundOut() async throws {
    var events = try await wholeRun()
    // Of three that began at once: which was first is not said.
    let index = try #require(
      events.firstIndex {
        $0.kind == .toolStarted && String(decoding: $0.data, as: UTF8.self).contains(#"{"n":1}"#)
      })
    events[index].data = Array(
      String(decoding: events[index].data, as: UTF8.self).replacing(#"{"n":1}"#, with: #"{"n":9}"#).utf8)
    let life = try await Life(journal: events)
    defer { life.flow.lanes.shutDown() }
    let found = await failure { try await life.flow.runner.replay(ScriptedFlow.run, of: ScriptedFlow.tenant) }
    #expect(found?.code == .replayDiverged)
    #expect(life.calls.withLock { $0 }.isEmpty)
  }

  // MARK: Parts

  private func untilTheSecondWrite() async throws -> [JournalEvent] {
    let whole = try await wholeRun()
    let last = try #require(whole.lastIndex { $0.kind == .toolStarted })
    return Array(whole[...last])
  }

  private func resolveAll(_ life: Life, as resolution: Resolution) async throws {
    for step in try await RunHistory(life.flow.events())?.doubts.keys.sorted() ?? [] {
      try await life.flow.runner.resolve(
        ScriptedFlow.run, step: step, as: resolution, by: "ops", of: ScriptedFlow.tenant)
    }
  }

  private func failure<Value>(_ body: () async throws -> Value) async -> RunFailure? {
    do {
      _ = try await body()
      return nil
    } catch {
      return error as? RunFailure
    }
  }

  @Test func aRunWhoseCallCouldNotBeRecordedGoesNoFurtherAndStaysOpen() async throws {
    for refused in [JournalEvent.Kind.toolFinished, .modelCompleted] {
      let flow = try ScriptedFlow(answers: ResumeTests.answers, refusing: refused) { lanes, call, _, _ in
        Array("{}".utf8).withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
      }
      defer { flow.lanes.shutDown() }
      #expect(await flow.ask().status == .failed)
      #expect(flow.requests.withLock { $0.count } == 1)
      let kinds = try await flow.kinds()
      #expect(!kinds.contains(.runFailed) && !kinds.contains(.runFinished))
      #expect(kinds.last == (refused == .toolFinished ? .toolStarted : .modelRequested))
    }
  }
}
