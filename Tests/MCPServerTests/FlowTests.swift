import FlowEngine
import JSONCodec
import Locking
import MCPFixtures
import MCPServer
import Manifests
import TestSupport
import Testing
import ToolContracts

/// Flows whose outcome the input names.
private struct ScriptedFlows: FixtureFlows {
  /// Of the newest run, which may go on talking after its end.
  let observer = Lock<(any FlowObserver)?>(nil)

  var definitions: [FlowDefinition] {
    [
      FlowDefinition(
        name: "desk", description: "Answers questions.", startAgent: "a", agents: [:], limits: FlowLimits())
    ]
  }

  func run(_ request: FlowRequest) async -> FlowOutcome {
    guard let status = FlowOutcome.Status(rawValue: request.input) else {
      return await withCheckedContinuation { continuation in
        _ = request.cancellation.addHandler {
          continuation.resume(returning: FlowOutcome(status: .cancelled, text: "", agent: "a"))
        }
      }
    }
    observer.withLock { $0 = request.observer }
    let call = CallID(run: request.run, step: 1)
    let tool = ToolName("calc.evaluate")!  // is a tool's name
    for event: FlowEvent in [
      .agentStarted("triage"), .handedOff(from: "triage", to: "calculator"),
      .text("let me ", agent: "calculator"),
      .toolStarted(tool, agent: "calculator", call: call, arguments: []),
      .toolFinished(tool, agent: "calculator", call: call, failure: nil, nanoseconds: 3_000_000),
    ] { request.observer?.observed(event) }
    let failure = status == .succeeded ? nil : InvocationFailure(.denied, "not allowed", detail: "secret")
    let text = status == .failed ? "" : "forty-two"
    return FlowOutcome(status: status, text: text, agent: "calculator", failure: failure)
  }
}

@Suite(.timeLimit(.minutes(1)), .leavesNothingBehind)
struct FlowTests {
  private static func host() -> FixtureHost { FixtureHost([FixtureTools.all], flows: ScriptedFlows()) }

  @Test func aFlowIsListedAmongTheToolsAndAnswersLikeOne() async throws {
    try await serving(Self.host()) { wire in
      wire.initialize()
      wire.request("1", "tools/list")
      let tools = wire.receive()["result"]?["tools"]?.array ?? []
      #expect(tools.compactMap { $0["name"]?.string } == tools.compactMap { $0["name"]?.string }.sorted())
      let flow = tools.first { $0["name"] == "flow.desk" }
      #expect(flow?["inputSchema"]?["required"] == ["input"])
      wire.call("2", "flow.desk", #"{"input":"succeeded"}"#)
      let answer = wire.receive()
      let content = answer["result"]?["structuredContent"]
      #expect(content?["text"] == "forty-two")
      #expect(content?["status"] == "succeeded")
      #expect(content?["run"]?.string.flatMap { RunID($0) } != nil)
      #expect(answer.contentText.flatMap { try? JSONValue(parsing: $0) } == content)
    }
  }

  @Test func eachStepOfARunIsProgressAndItsWordsAreMessages() async throws {
    try await serving(Self.host()) { wire in
      wire.initialize()
      wire.request("1", "logging/setLevel", #"{"level":"info"}"#)
      #expect(wire.receive()["id"] == 1)
      wire.call("2", "flow.desk", #"{"input":"succeeded"}"#, meta: #"{"progressToken":"t"}"#)
      var steps: [(Int64?, String?)] = []
      var words: [JSONValue?] = []
      while true {
        let frame = wire.receive()
        if frame["id"] == 2 { break }
        let params = frame["params"]
        if frame["method"] == "notifications/message" {
          words.append(params?["data"])
        } else {
          steps.append((params?["progress"]?.int, params?["message"]?.string))
        }
      }
      #expect(steps.map(\.0) == [1, 2, 3, 4, 5])
      #expect(
        steps.map(\.1) == [
          "triage took over", "triage handed over to calculator", "calculator: let me ",
          "calculator calls calc.evaluate",
          "calc.evaluate answered after 3 ms",
        ])
      #expect(words == [["agent": "calculator", "text": "let me "]])
    }
  }

  @Test func aConversationIsBegunAndItsIdIsGiven() async throws {
    try await serving(Self.host()) { wire in
      wire.initialize()
      wire.call("1", "flow.desk", #"{"input":"succeeded","conversation":"new"}"#)
      let content = wire.receive()["result"]?["structuredContent"]
      #expect(content?["conversation"]?.string.flatMap { ConversationID($0) } != nil)
      wire.call("2", "flow.desk", #"{"input":"succeeded"}"#)
      #expect(wire.receive()["result"]?["structuredContent"]?["conversation"] == nil)
    }
  }

  @Test func aTurnThatFailsSaysWhichRunItWasAndInWhichConversation() async throws {
    try await serving(Self.host()) { wire in
      wire.initialize()
      wire.call("1", "flow.desk", #"{"input":"failed","conversation":"new"}"#)
      let told = wire.receive().contentText.flatMap { try? JSONValue(parsing: $0) }
      #expect(told?["conversation"]?.string.flatMap { ConversationID($0) } != nil)
      #expect(told?["run"]?.string.flatMap { RunID($0) } != nil)
      wire.call("2", "flow.desk", #"{"input":"failed"}"#)
      let alone = wire.receive().contentText.flatMap { try? JSONValue(parsing: $0) }
      #expect(alone?["conversation"] == nil && alone?["run"] != nil)
      // Nothing was asked.
      wire.call("3", "flow.desk", #"{"input":"failed","conversation":"nobody"}"#)
      let unasked = wire.receive().contentText.flatMap { try? JSONValue(parsing: $0) }
      #expect(unasked?["error"] != nil && unasked?["run"] == nil && unasked?["conversation"] == nil)
    }
  }

  @Test(arguments: [
    (#"{"input":"succeeded","conversation":7}"#, "/conversation"),
    (#"{"input":"succeeded","conversation":"nobody"}"#, "/conversation"),
    (#"{"input":"succeeded","conversation":"00000000070000000000000002"}"#, "/conversation"),
    (#"{"input":"succeeded","restore":"never"}"#, "/restore"),
    (#"{"input":"succeeded","user":"ada"}"#, "/user"),
  ])
  func aQuestionInTheWrongPlaceIsAnErrorThatSaysWhere(arguments: String, pointer: String) async throws {
    try await serving(Self.host()) { wire in
      wire.initialize()
      wire.call("1", "flow.desk", arguments)
      let result = wire.receive()["result"]
      #expect(result?["isError"] == true)
      let error = result?["content"]?[0]?["text"]?.string ?? ""
      #expect(error.contains("schema_violation") && error.contains(pointer), "\(error)")
    }
  }

  @Test func nothingIsHeardOfARunThatWasAnswered() async throws {
    let flows = ScriptedFlows()
    try await serving(FixtureHost([], flows: flows)) { wire in
      wire.initialize()
      wire.request("1", "logging/setLevel", #"{"level":"debug"}"#)
      wire.call("2", "flow.desk", #"{"input":"succeeded"}"#, meta: #"{"progressToken":"t"}"#)
      while wire.receive()["id"] != 2 {}
      let late = flows.observer.withLock { $0 }
      late?.observed(.agentStarted("ghost"))
      late?.observed(.text("boo", agent: "ghost"))
      #expect(late != nil)
      wire.request("3", "ping")
      #expect(wire.receive()["id"] == 3)
    }
  }

  @Test func aRunThatFailedIsAnErrorWithoutTheOperatorsDetail() async throws {
    try await serving(Self.host()) { wire in
      wire.initialize()
      wire.call("1", "flow.desk", #"{"input":"failed"}"#)
      let answer = wire.receive()
      #expect(answer["result"]?["isError"] == true)
      #expect(answer["result"]?["structuredContent"] == nil)
      #expect(answer.failure == ["code": "denied", "message": "not allowed"])
    }
  }

  @Test func whatThereIsOfAnAnswerAtALimitIsGiven() async throws {
    try await serving(Self.host()) { wire in
      wire.initialize()
      wire.call("1", "flow.desk", #"{"input":"limit_reached"}"#)
      let content = wire.receive()["result"]?["structuredContent"]
      #expect(content?["text"] == "forty-two")
      #expect(content?["status"] == "limit_reached")
    }
  }

  @Test(arguments: [("{}", ""), (#"{"input":7}"#, "/input"), (#"{"input":"x","other":1}"#, "/other")])
  func argumentsThatAFlowDoesNotTakeAreTold(arguments: String, pointer: String) async throws {
    try await serving(Self.host()) { wire in
      wire.initialize()
      wire.call("1", "flow.desk", arguments)
      let failure = wire.receive().failure
      #expect(failure?["code"] == "schema_violation")
      #expect(failure?["pointer"]?.string == pointer)
    }
  }

  @Test func cancellingReachesTheRun() async throws {
    try await serving(Self.host()) { wire in
      wire.initialize()
      wire.call("1", "flow.desk", #"{"input":"wait for me"}"#)
      wire.cancel("1")
      wire.request("2", "ping")
      #expect(wire.receive()["id"] == 2)
      wire.endInput()
      #expect(wire.receiveRest().isEmpty)
    }
  }
}
