import Glibc
import Invocation
import Locking
import TestSupport
import Testing
import ToolContracts

/// What is asked of a plugin about a call that is not made.
@Suite(.timeLimit(.minutes(1)), .leavesNothingBehind) struct ExaminationTests {
  private let arguments = Array(#"{"a":1,"b":2}"#.utf8)

  private func request(_ tool: String = "math.write", milliseconds: Int64? = nil) -> CallRequest {
    CallRequest(
      tool: ToolName(tool)!, arguments: arguments, principal: Principal(tenant: PipelineFixture.acme),
      call: CallID(run: PipelineFixture.run, step: 4),
      timeoutNanoseconds: milliseconds.map { $0 * 1_000_000 })
  }

  /// A plugin that answers both questions with `text`, and must not be called.
  private func fixture(saying text: String, status: CallStatus = .ok) -> PipelineFixture {
    PipelineFixture(examine: { lanes, call, _ in
      Array(text.utf8).withUnsafeBytes { lanes.complete(call, status: status, payload: $0) }
    }) { _, _, _ in
      Issue.record("the call was made")
      return .internal
    }
  }

  @Test(arguments: [
    (
      #"{"outcome":"happened","result":{"sum": 3},"note":"n"}"#,
      #"happened {"sum": 3}"#
    ),
    (#"{"outcome":"did_not_happen"}"#, "did not happen"),
    (#"{"outcome":"unknown","note":"look at the ledger"}"#, "unknown: look at the ledger"),
    (#"{"outcome":"perhaps","note":"n"}"#, "unknown: n"),
    // What it would have answered must be what its calls answer.
    (#"{"outcome":"happened","result":{"sum":"3"},"note":"n"}"#, "unknown: n"),
    (#"{"outcome":"happened"}"#, "unknown: "),
    (#"{"outcome":"happened","outcome":"did_not_happen"}"#, "unknown: "),
    ("did_not_happen", "unknown: "), ("", "unknown: "),
  ])
  func onlyWhatIsCertainIsNotUnknown(text: String, expected: String) async {
    let fixture = fixture(saying: text)
    defer { fixture.lanes.shutDown() }
    let answer =
      switch await fixture.pipeline.reconcile(request()) {
      case .happened(let result): "happened \(String(decoding: result.json, as: UTF8.self))"
      case .didNotHappen: "did not happen"
      case .unknown(let note): "unknown: \(note)"
      }
    #expect(answer == expected)
  }

  @Test func aPluginThatCannotTellOrFailsLeavesItUnknown() async {
    let silent = PipelineFixture(answering: #"{"sum":3}"#)
    defer { silent.lanes.shutDown() }
    #expect(await silent.pipeline.reconcile(request()) == .unknown(note: ""))
    #expect(await silent.pipeline.preview(request()) == nil)
    let failing = fixture(saying: #"{"outcome":"did_not_happen"}"#, status: .tool)
    defer { failing.lanes.shutDown() }
    #expect(await failing.pipeline.reconcile(request()) == .unknown(note: ""))
  }

  @Test func whatTheTenantMayNotIsNotAskedAbout() async {
    let fixture = fixture(saying: #"{"outcome":"did_not_happen"}"#)
    defer { fixture.lanes.shutDown() }
    #expect(await fixture.pipeline.reconcile(request("math.secret")) == .unknown(note: ""))
    #expect(await fixture.pipeline.reconcile(request("math.nothing")) == .unknown(note: ""))
  }

  @Test func itIsTheLostCallThatIsAskedAboutAndNothingMayChange() async {
    let seen = Lock<[CallInfo]>([])
    let given = Lock<[[UInt8]]>([])
    let fixture = PipelineFixture(examine: { lanes, call, arguments in
      if let info = lanes.info(call) { seen.withLock { $0.append(info) } }
      given.withLock { $0.append(arguments) }
      return Array(#"{"outcome":"unknown"}"#.utf8).withUnsafeBytes {
        lanes.complete(call, status: .ok, payload: $0)
      }
    }) { _, _, _ in .internal }
    defer { fixture.lanes.shutDown() }
    _ = await fixture.pipeline.reconcile(request())
    _ = await fixture.pipeline.preview(request())
    #expect(seen.withLock { $0.map(\.call) } == Array(repeating: request().call, count: 2))
    #expect(seen.withLock { $0.allSatisfy(\.changesNothing) })
    #expect(given.withLock { $0 } == [arguments, arguments])
  }

  @Test func aQuestionHasADeadlineAndLeavesNoEvent() async throws {
    let fixture = PipelineFixture(examine: { lanes, call, _ in
      while lanes.remainingNanoseconds(call) > 0 { sched_yield() }
      return .deadline
    }) { _, _, _ in .internal }
    defer { fixture.lanes.shutDown() }
    #expect(await fixture.pipeline.reconcile(request(milliseconds: 5)) == .unknown(note: ""))
    #expect(try await fixture.recorded().isEmpty)
  }

  @Test(arguments: [
    (#"{"summary":"Adds 1 and 2."}"#, "Adds 1 and 2.", nil),
    (#"{"summary":"Adds.","details":{"a": 1}}"#, "Adds.", #"{"a": 1}"#),
  ])
  func aPreviewIsTextForWhoeverApproves(text: String, summary: String, details: String?) async {
    let fixture = fixture(saying: text)
    defer { fixture.lanes.shutDown() }
    let preview = await fixture.pipeline.preview(request())
    #expect(preview?.summary == summary && preview?.details == details.map { Array($0.utf8) })
  }

  @Test(arguments: [
    #"{"summary":""}"#, #"{"summary":5}"#, "[]", #"{"summary":"\#(String(repeating: "a", count: 4097))"}"#,
  ])
  func aPreviewWithoutASentenceIsNone(text: String) async {
    let fixture = fixture(saying: text)
    defer { fixture.lanes.shutDown() }
    #expect(await fixture.pipeline.preview(request()) == nil)
  }
}
