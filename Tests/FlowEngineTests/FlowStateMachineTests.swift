import JSONCodec
import Manifests
import Storage
import TestSupport
import Testing
import ToolContracts

@testable import FlowEngine

/// What the engine does when a model does something wrong, and when it does not.
@Suite(.leavesNothingBehind) struct FlowStateMachineTests {
  private let ok: Result<[UInt8], InvocationFailure> = .success(Array("{\"sum\":3}".utf8))

  @Test func anAnswerWithoutCallsEndsTheRun() throws {
    var machine = Fixture.machine(try Fixture.flow())
    #expect(machine.start().request?["messages"]?.count == 2)
    let end = machine.modelAnswered(ModelAnswer(text: "42"))
    #expect(end.outcome == FlowOutcome(status: .succeeded, text: "42", agent: "a"))
  }

  @Test func resultsStandInTheOrderOfTheCallsWhateverHappenedToEach() throws {
    var machine = Fixture.machine(try Fixture.flow())
    _ = machine.start()
    let running = machine.modelAnswered(
      .calling(
        .init("1", "calc_add"), .init("2", "no_such"), .init("3", "calc_add"), .init("4", "transfer_to_b")))
    #expect(running.steps?.map(\.step) == [2, 4])
    let next = machine.toolsAnswered([.failure(InvocationFailure(.timedOut, "late")), ok])
    // b takes over with what was said, without the tools; so the pairing is looked at in the conversation before it.
    #expect(next.kinds.contains(.handoffCompleted))
    #expect(machine.agent.name == "b")
  }

  @Test func everyCallHasExactlyOneResultBeforeTheNextModelCall() throws {
    var machine = Fixture.machine(try Fixture.flow(history: .full))
    _ = machine.start()
    _ = machine.modelAnswered(
      .calling(
        .init("1", "calc_add"), .init("2", "no_such"), .init("3", "transfer_to_b"),
        .init("4", "transfer_to_c")))
    let next = machine.toolsAnswered([ok])
    #expect(next.results == ["1: ok", "2: tool_not_found", "3: ok", "4: handoff_invalid"])
    #expect(machine.agent.name == "b")
  }

  @Test func anUnknownToolIsToldTheModelWithTheNamesItMayUse() throws {
    var machine = Fixture.machine(try Fixture.flow())
    _ = machine.start()
    let next = machine.modelAnswered(.calling(.init("1", "calc_ad")))
    #expect(next.results == ["1: tool_not_found"])
    let content = next.request?["messages"]?[3]?["content"]?.string ?? ""
    #expect(content.contains("calc_add") && content.contains("transfer_to_b"))
    #expect(next.kinds == [.toolCalled, .toolRejected])
  }

  @Test func aToolThatExistsButWasNotAdvertisedIsUnknown() throws {
    var machine = Fixture.machine(try Fixture.flow())
    _ = machine.start()
    #expect(machine.modelAnswered(.calling(.init("1", "sql_query"))).results == ["1: tool_not_found"])
  }

  @Test func theSecondHandoffOfATurnIsSuperseded() throws {
    var machine = Fixture.machine(try Fixture.flow(history: .full))
    _ = machine.start()
    let next = machine.modelAnswered(.calling(.init("1", "transfer_to_c"), .init("2", "transfer_to_b")))
    #expect(machine.agent.name == "c")
    #expect(next.results == ["1: ok", "2: handoff_invalid"])
    #expect(next.kinds.filter { $0 == .handoffSuperseded }.count == 1)
  }

  @Test func anInvalidHandoffDoesNotWinAndIsToldTheModel() throws {
    var machine = Fixture.machine(try Fixture.flow())
    _ = machine.start()
    let next = machine.modelAnswered(
      .calling(.init("1", "transfer_to_b", "{\"reason\":"), .init("2", "transfer_to_c")))
    #expect(machine.agent.name == "c")
    #expect(next.kinds.contains(.handoffRejected))
  }

  @Test func aCutAnswerRunsNothing() throws {
    var machine = Fixture.machine(try Fixture.flow())
    _ = machine.start()
    let answer = ModelAnswer(text: "", calls: [.init("1", "calc_add", "{\"a\":")], finishReason: .length)
    #expect(machine.modelAnswered(answer).results == ["1: invalid_json"])
  }

  @Test func repeatedIdsAreToldApart() throws {
    let json = """
      {"text":"","toolCalls":[{"id":"x","name":"a","arguments":""},{"id":"x","name":"b","arguments":""},
      {"id":"x-2","name":"c","arguments":""}],"finishReason":"tool_calls","usage":{}}
      """
    let answer = ModelAnswer(try JSONDocument(parsing: json).root)
    #expect(Set(answer?.calls.map(\.id) ?? []).count == 3)
  }

  @Test func aTurnIsAModelCallAndHandoffsDoNotResetTheCount() throws {
    var limits = FlowLimits()
    limits.maxTurns = 2
    var machine = Fixture.machine(try Fixture.flow(limits: limits))
    _ = machine.start()
    #expect(machine.modelAnswered(.calling(.init("1", "transfer_to_b"))).request != nil)
    let end = machine.modelAnswered(.calling(.init("2", "transfer_to_c")))
    #expect(end.outcome?.status == .limitReached)
    #expect(end.kinds.contains(.runLimitReached))
  }

  @Test func wrappingUpIsOneMoreCallWithoutTools() throws {
    var limits = FlowLimits()
    limits.maxTurns = 1
    limits.onLimit = .wrapUp
    var machine = Fixture.machine(try Fixture.flow(limits: limits))
    _ = machine.start()
    _ = machine.modelAnswered(.calling(.init("1", "calc_add")))
    let last = machine.toolsAnswered([ok])
    #expect(last.request?["toolChoice"]?.string == "none")
    #expect(last.request?["tools"]?.count == 0)
    let end = machine.modelAnswered(.calling(.init("2", "calc_add"), text: "so far"))
    #expect(end.outcome?.status == .limitReached)
    #expect(end.outcome?.text == "so far")
  }

  @Test func pingPongWithoutNewsIsRefusedAndToldTheModel() throws {
    var machine = Fixture.machine(try Fixture.flow(history: .full))
    _ = machine.start()
    _ = machine.modelAnswered(.calling(.init("1", "transfer_to_b")))
    let next = machine.modelAnswered(.calling(.init("2", "transfer_to_a")))
    #expect(machine.agent.name == "b")
    #expect(next.results == ["1: ok", "2: handoff_invalid"])
  }

  @Test func goingBackWithSomethingNewIsAllowed() throws {
    var machine = Fixture.machine(try Fixture.flow())
    _ = machine.start()
    _ = machine.modelAnswered(.calling(.init("1", "transfer_to_b")))
    _ = machine.modelAnswered(.calling(.init("2", "calc_add")))
    _ = machine.toolsAnswered([ok])
    _ = machine.modelAnswered(.calling(.init("3", "transfer_to_a")))
    #expect(machine.agent.name == "a")
  }

  @Test func handoffsAreCountedApartAndEndTheRunAtTheirLimit() throws {
    var limits = FlowLimits()
    limits.maxHandoffs = 1
    var machine = Fixture.machine(try Fixture.flow(limits: limits))
    _ = machine.start()
    _ = machine.modelAnswered(.calling(.init("1", "transfer_to_b")))
    let end = machine.modelAnswered(.calling(.init("2", "transfer_to_c")))
    #expect(end.outcome?.status == .limitReached)
    #expect(end.outcome?.failure?.message.contains("max_handoffs") == true)
  }

  @Test func aHandoffMayBeTakenOnlySoOften() throws {
    var machine = Fixture.machine(try Fixture.flow(maxPerRun: 1))
    _ = machine.start()
    _ = machine.modelAnswered(.calling(.init("1", "transfer_to_b")))
    _ = machine.modelAnswered(.calling(.init("2", "calc_add")))
    _ = machine.toolsAnswered([ok])
    _ = machine.modelAnswered(.calling(.init("3", "transfer_to_a")))
    _ = machine.modelAnswered(.calling(.init("4", "calc_add")))
    _ = machine.toolsAnswered([ok])
    let refused = machine.modelAnswered(.calling(.init("5", "transfer_to_b")))
    #expect(machine.agent.name == "a")
    #expect(refused.kinds.contains(.handoffRejected))
  }

  @Test func theCallsOverTheLimitAreAnsweredAndThenTheRunEnds() throws {
    var limits = FlowLimits()
    limits.maxToolCalls = 1
    var machine = Fixture.machine(try Fixture.flow(limits: limits))
    _ = machine.start()
    let running = machine.modelAnswered(.calling(.init("1", "calc_add"), .init("2", "calc_add")))
    #expect(running.steps?.count == 1)
    #expect(machine.toolsAnswered([ok]).outcome?.status == .limitReached)
  }

  @Test func aHandoffOfATurnThatRunsIntoALimitIsNotToldAsDone() throws {
    var limits = FlowLimits()
    limits.maxToolCalls = 1
    limits.onLimit = .wrapUp
    var machine = Fixture.machine(try Fixture.flow(limits: limits))
    _ = machine.start()
    _ = machine.modelAnswered(
      .calling(.init("1", "calc_add"), .init("2", "transfer_to_b"), .init("3", "calc_add")))
    let last = machine.toolsAnswered([ok])
    #expect(machine.agent.name == "a")
    #expect(last.results == ["1: ok", "2: handoff_invalid", "3: rate_limited"])
    #expect(last.kinds.contains(.handoffRejected) && !last.kinds.contains(.handoffCompleted))
  }

  @Test func theSameMistakeAgainAndAgainEndsTheRun() throws {
    var machine = Fixture.machine(try Fixture.flow())
    _ = machine.start()
    _ = machine.modelAnswered(.calling(.init("1", "nope")))
    _ = machine.modelAnswered(.calling(.init("2", "nope")))
    let end = machine.modelAnswered(.calling(.init("3", "nope")))
    #expect(end.outcome?.status == .failed)
    #expect(end.outcome?.failure?.code == .toolNotFound)
  }

  @Test func differentMistakesDoNot() throws {
    var machine = Fixture.machine(try Fixture.flow())
    _ = machine.start()
    for id in 0..<6 {
      let next = machine.modelAnswered(.calling(.init("\(id)", "nope\(id % 2)")))
      #expect(next.outcome == nil)
    }
  }

  @Test func requiredBecomesAutoOnceAToolWasCalled() throws {
    var machine = Fixture.machine(try Fixture.flow(toolChoice: .required))
    #expect(machine.start().request?["toolChoice"]?.string == "required")
    _ = machine.modelAnswered(.calling(.init("1", "calc_add")))
    #expect(machine.toolsAnswered([ok]).request?["toolChoice"]?.string == "auto")
  }

  @Test func theTargetSeesWhatWasSaidQuotedAndNothingOfTheTools() throws {
    var machine = Fixture.machine(try Fixture.flow())
    _ = machine.start()
    _ = machine.modelAnswered(.calling(.init("1", "calc_add"), text: "Let me see."))
    _ = machine.toolsAnswered([ok])
    let next = machine.modelAnswered(
      .calling(.init("2", "transfer_to_b", "{\"why\":\"sums\"}"), text: "Over to b."))
    let messages = Array(next.request!["messages"]!.elements)
    #expect(messages.map { $0["role"]!.string! } == ["system", "user", "user", "user", "user"])
    #expect(messages.map { $0["agent"]?.string } == [nil, nil, "a", "a", "a"])
    #expect(messages[0]["content"]?.string == "You are b.")
    #expect(messages[4]["content"]?.string == "Agent \"a\" handed over to you with {\"why\":\"sums\"}")
  }

  @Test func aCancelledRunSaysSo() throws {
    var machine = Fixture.machine(try Fixture.flow())
    _ = machine.start()
    #expect(machine.cancelled(because: InvocationFailure(.cancelled, "stop")).outcome?.status == .cancelled)
  }

  @Test func aRunWhoseTimeIsUpReachedALimit() throws {
    var limits = FlowLimits()
    limits.onLimit = .wrapUp
    var machine = Fixture.machine(try Fixture.flow(limits: limits))
    _ = machine.start()
    let end = machine.cancelled(because: InvocationFailure(.timedOut, "time"))
    #expect(end.outcome?.status == .limitReached)
    #expect(end.outcome?.failure?.code == .timedOut)
  }

  @Test func theSameAnswersMakeTheSameRun() throws {
    func play() throws -> [FlowRecord] {
      var machine = Fixture.machine(try Fixture.flow())
      var records = machine.start().records
      records += machine.modelAnswered(.calling(.init("1", "calc_add"), .init("2", "x"))).records
      records += machine.toolsAnswered([ok]).records
      records += machine.modelAnswered(.calling(.init("3", "transfer_to_b"))).records
      return records + machine.modelAnswered(ModelAnswer(text: "done")).records
    }
    #expect(try play() == play())
  }
}
