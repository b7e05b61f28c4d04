import Storage
import TestSupport
import Testing
import ToolContracts

@Suite(.leavesNothingBehind)
struct RunProjectionTests {
  private func summary(_ events: JournalEvent...) -> RunSummary {
    var projection = RunProjection(first: events[0])
    for event in events.dropFirst() { projection.record(event) }
    return projection.summary
  }
  private func flow(_ rest: JournalEvent...) -> RunSummary.Status {
    var projection = RunProjection(first: event(.runStarted, in: run(1), #"{"name":"f"}"#))
    for event in rest { projection.record(event) }
    return projection.summary.status
  }

  @Test func aFlowEndsAsItsLastEventSays() {
    #expect(flow() == .open)
    #expect(flow(event(.runFinished, in: run(1))) == .succeeded)
    #expect(flow(event(.runFinished, in: run(1), #"{"outcome":"cancelled"}"#)) == .cancelled)
    #expect(flow(event(.runFailed, in: run(1))) == .failed)
    #expect(flow(event(.runLimitReached, in: run(1))) == .open)
    #expect(flow(event(.runLimitReached, in: run(1)), event(.runFinished, in: run(1))) == .limitReached)
    #expect(flow(event(.runLimitReached, in: run(1)), event(.runFailed, in: run(1))) == .failed)
  }

  @Test func aToolCallWithinAFlowDoesNotEndIt() {
    #expect(flow(event(.toolFinished, in: run(1), #"{"status":"ok"}"#)) == .open)
    #expect(flow(event(.toolRejected, in: run(1), turn: 2, agent: "triage")) == .open)
  }

  @Test func aRunWithSeveralThingsToDecideWaitsUntilAllAreDecided() {
    let doubt = event(.toolFinished, in: run(1), step: 2, #"{"status":"in_doubt"}"#)
    #expect(flow(doubt) == .inDoubt)
    #expect(flow(doubt, event(.toolResolved, in: run(1), step: 2, #"{"waits":"in_doubt"}"#)) == .inDoubt)
    #expect(
      flow(doubt, event(.toolResolved, in: run(1), step: 2, #"{"waits":"awaiting_approval"}"#))
        == .awaitingApproval)
    #expect(flow(doubt, event(.toolResolved, in: run(1), step: 2)) == .open)
    #expect(flow(doubt, event(.approvalExpired, in: run(1), step: 3, #"{"waits":"in_doubt"}"#)) == .inDoubt)
  }

  @Test(arguments: [
    ("ok", RunSummary.Status.succeeded), ("cancelled", .cancelled), ("error", .failed),
    ("timed_out", .failed),
    ("", .failed),
  ])
  func aCallOutsideOfAFlowEndsWithItsResult(status: String, expected: RunSummary.Status) {
    let ended = summary(
      event(.toolCalled, in: run(1), time: 5, step: 0, #"{"tool":"calc.evaluate"}"#),
      event(.toolStarted, in: run(1), time: 6, step: 0),
      event(.toolFinished, in: run(1), time: 7, step: 0, #"{"status":"\#(status)"}"#))
    #expect(
      ended.name == "calc.evaluate" && ended.started == 5 && ended.finished == 7 && ended.eventCount == 3)
    #expect(ended.status == expected)
  }

  @Test func aRefusedCallHasFailedEvenIfTheRefusalIsAllThereIs() {
    let refused = summary(event(.toolRejected, in: run(1), time: 5, step: 0, #"{"tool":"calc.evaluate"}"#))
    #expect(refused.name == "calc.evaluate" && refused.status == .failed && refused.finished == 5)
    let given = summary(
      event(.toolRejected, in: run(1), step: 0, #"{"tool":"calc.evaluate","status":"cancelled"}"#))
    #expect(given.status == .cancelled)
  }

  @Test func aModelCallOutsideOfAFlowEndsWithItsAnswer() {
    let answered = summary(
      event(.modelRequested, in: run(1), step: 0, #"{"tool":"rules.chat"}"#),
      event(.modelCompleted, in: run(1), time: 9, step: 0, #"{"tool":"rules.chat","status":"ok"}"#))
    #expect(answered.name == "rules.chat" && answered.status == .succeeded && answered.finished == 9)
    #expect(flow(event(.modelCompleted, in: run(1), #"{"status":"ok"}"#)) == .open)
  }

  @Test(arguments: ["", "nonsense", "[1]", #"{"name":7}"#, "\u{0}"])
  func aRunWithBrokenDataIsStillListed(data: String) {
    #expect(summary(event(.runStarted, in: run(1), data)).name == "")
  }
}
