import FlowEngine
import JSONCodec
import Locking
import MCPFixtures
import MCPServer
import Manifests
import Storage
import TestSupport
import Testing
import ToolContracts

/// A flow that does as its input says: `answer`, `fail`, `ask` or `wait` until it is cancelled.
private struct LongFlows: FixtureFlows {
  /// What nobody here works on, somebody else does.
  var isGoingOnElsewhere = false

  func isGoingOn(_ run: RunID) -> Bool { isGoingOnElsewhere }

  var definitions: [FlowDefinition] {
    [FlowDefinition(name: "desk", description: "", startAgent: "a", agents: [:], limits: FlowLimits())]
  }

  func run(_ request: FlowRequest) async -> FlowOutcome {
    request.observer?.observed(.agentStarted("a"))
    switch request.input {
    case "answer": return FlowOutcome(status: .succeeded, text: "forty-two", agent: "a")
    case "fail":
      return FlowOutcome(
        status: .failed, text: "", agent: "a", failure: InvocationFailure(.denied, "not allowed"))
    case "ask":
      let answers = await withCheckedContinuation { continuation in
        let status = request.asker?.ask([ConformanceTools.nameForm], until: Cancellation()) {
          continuation.resume(returning: $0)
        }
        if status != .ok { continuation.resume(returning: []) }
      }
      return FlowOutcome(status: .succeeded, text: "\(answers)", agent: "a")
    case "ask in vain":
      let over = Cancellation()
      _ = request.asker?.ask([ConformanceTools.nameForm], until: over) { _ in }
      over.cancel()
      fallthrough
    default:
      return await withCheckedContinuation { continuation in
        _ = request.cancellation.addHandler {
          continuation.resume(returning: FlowOutcome(status: .cancelled, text: "", agent: "a"))
        }
      }
    }
  }
}

private let meta =
  #"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{},"extensions":{"io.modelcontextprotocol/tasks":{}}}}"#

extension Wire {
  fileprivate func begin(_ input: String, meta: String = meta, more: String = "") -> JSONValue {
    request(
      "1", "tools/call",
      #"{"name":"flow.desk","arguments":{"input":"\#(input)"},"_meta":\#(meta)\#(more)}"#)
    return receive()
  }

  fileprivate func task(_ method: String, _ id: String, more: String = "", meta: String = meta) -> JSONValue {
    request("2", "tasks/\(method)", #"{"taskId":"\#(id)","_meta":\#(meta)\#(more)}"#)
    return receive()
  }

  /// Asks until the task is `status`; the suite's time limit is the bound.
  fileprivate func wait(for status: String, of id: String) -> JSONValue {
    while true {
      let answer = task("get", id)
      if answer["result"]?["status"]?.string == status || answer["result"] == nil { return answer }
    }
  }
}

@Suite(.timeLimit(.minutes(1)), .leavesNothingBehind)
struct TaskTests {
  private func host() -> FixtureHost { FixtureHost([FixtureTools.harmless], flows: LongFlows()) }

  @Test func aFlowIsATaskForWhoDeclaresTheExtension() async throws {
    try await serving(host()) { wire in
      let created = wire.begin("answer")["result"]
      #expect(created?["resultType"] == "task")
      let id = created?["taskId"]?.string ?? ""
      #expect(RunID(id) != nil)
      #expect(created?["ttlMs"]?.int == 3_600_000)
      #expect(created?["createdAt"]?.string?.hasSuffix("Z") == true)
      let task = wire.wait(for: "completed", of: id)["result"]
      #expect(task?["resultType"] == "complete")
      #expect(task?["result"]?["structuredContent"]?["text"] == "forty-two")
      #expect(task?["result"]?["structuredContent"]?["run"]?.string == id)
    }
  }

  @Test func whatAFlowDidWrongIsAResult() async throws {
    try await serving(host()) { wire in
      let id = wire.begin("fail")["result"]?["taskId"]?.string ?? ""
      let task = wire.wait(for: "completed", of: id)["result"]
      #expect(task?["result"]?["isError"] == true)
      #expect(task?["error"] == nil)
    }
  }

  @Test func whoDoesNotDeclareItGetsTheFlowsAnswerAndNoTask() async throws {
    try await serving(host()) { wire in
      let answer = wire.begin("answer", meta: modernMeta, more: #","task":{"ttl":1}"#)
      #expect(answer["result"]?["structuredContent"]?["text"] == "forty-two")
      for method in ["get", "update", "cancel"] {
        let refused = wire.task(method, "01jz0000000000000000000000", meta: modernMeta)["error"]
        #expect(refused?["code"] == -32021)
        #expect(
          refused?["data"]?["requiredCapabilities"]?["extensions"] == ["io.modelcontextprotocol/tasks": [:]])
      }
      wire.request(
        "3", "subscriptions/listen",
        #"{"_meta":\#(modernMeta),"notifications":{"taskIds":["01jz0000000000000000000000"]}}"#)
      #expect(wire.receive().errorCode == -32021)
    }
  }

  @Test func aTaskThatAsksWaitsForTheAnswer() async throws {
    try await serving(host()) { wire in
      let id = wire.begin("ask")["result"]?["taskId"]?.string ?? ""
      let asking = wire.wait(for: "input_required", of: id)["result"]
      #expect(asking?["inputRequests"]?["q1-1"]?["method"] == "elicitation/create")
      // Answers to what was not asked are passed over; the question stays.
      #expect(
        wire.task("update", id, more: #","inputResponses":{"q9-9":{"action":"decline"}}"#)["result"] != nil)
      #expect(wire.task("get", id)["result"]?["status"] == "input_required")
      #expect(
        wire.task("update", id, more: #","inputResponses":{"q1-1":{"action":"maybe"}}"#).errorCode == -32602)
      let ack = wire.task(
        "update", id, more: #","inputResponses":{"q1-1":{"action":"accept","content":{"name":"Ada"}}}"#)
      #expect(ack["result"]?["resultType"] == "complete")
      let done = wire.wait(for: "completed", of: id)["result"]?["result"]?["structuredContent"]?["text"]
      #expect(done?.string?.contains("Ada") == true)
    }
  }

  @Test func aTaskWhoseQuestionWasTakenBackWorksOn() async throws {
    try await serving(host()) { wire in
      let id = wire.begin("ask in vain")["result"]?["taskId"]?.string ?? ""
      let task = wire.wait(for: "working", of: id)["result"]
      #expect(task?["inputRequests"] == nil)
      #expect(wire.task("cancel", id)["result"] != nil)
    }
  }

  @Test func cancellingEndsTheFlowAndMayBeSaidTwice() async throws {
    try await serving(host()) { wire in
      let id = wire.begin("wait")["result"]?["taskId"]?.string ?? ""
      #expect(wire.task("get", id)["result"]?["status"] == "working")
      #expect(wire.task("get", id)["result"]?["statusMessage"] == "a took over")
      #expect(wire.task("cancel", id)["result"] != nil)
      let task = wire.wait(for: "cancelled", of: id)["result"]
      #expect(task?["result"] == nil)
      #expect(wire.task("cancel", id)["result"] != nil)
    }
  }

  @Test(arguments: ["01jz0000000000000000000000", "nonsense", ""])
  func aTaskOfNobodysIsInvalidParams(id: String) async throws {
    try await serving(host()) { wire in
      for method in ["get", "update", "cancel"] {
        #expect(wire.task(method, id).errorCode == -32602)
      }
      wire.request("3", "tasks/result", #"{"taskId":"x","_meta":\#(meta)}"#)
      #expect(wire.receive().errorCode == -32601)
    }
  }

  @Test func theStatusOfATaskIsToldToWhoListensForIt() async throws {
    try await serving(host()) { wire in
      let id = wire.begin("ask")["result"]?["taskId"]?.string ?? ""
      _ = wire.wait(for: "input_required", of: id)
      wire.request("7", "subscriptions/listen", #"{"_meta":\#(meta),"notifications":{"taskIds":["\#(id)"]}}"#)
      #expect(wire.receive()["params"]?["notifications"]?["taskIds"] == [.string(id)])
      wire.request(
        "8", "tasks/update",
        #"{"taskId":"\#(id)","_meta":\#(meta),"inputResponses":{"q1-1":{"action":"decline"}}}"#)
      var statuses: [String?] = []
      while statuses.last != "completed" {
        let frame = wire.receive()
        guard frame["method"] == "notifications/tasks" else {
          #expect(frame["id"] == 8)
          continue
        }
        #expect(frame["params"]?["taskId"]?.string == id)
        #expect(frame["params"]?["_meta"]?["io.modelcontextprotocol/subscriptionId"] == 7)
        statuses.append(frame["params"]?["status"]?.string)
      }
      #expect(statuses == ["working", "completed"])
    }
  }

  @Test(arguments: [true, false]) func aRunThatHasNotEndedIsWorkingOnlyWhileSomebodyWorksOnIt(
    isGoingOn: Bool
  ) async throws {
    let host = FixtureHost([FixtureTools.harmless], flows: LongFlows(isGoingOnElsewhere: isGoingOn))
    let run = RunID(milliseconds: 1, randomness: 1)
    let started = JournalEvent(
      time: 0, tenant: FixtureHost.tenant, run: run, kind: .runStarted, data: Array("{}".utf8))
    try await host.journal.append([started], .durable)
    try await serving(host) { wire in
      let task = wire.task("get", run.description)["result"]
      #expect(task?["status"] == (isGoingOn ? "working" : "failed"))
      #expect((task?["error"] == nil) == isGoingOn)
      #expect(task?["error"]?["message"] == (isGoingOn ? nil : task?["statusMessage"]))
    }
  }

  @Test func tasksEndWithTheirClient() async throws {
    let end = try await serving(host()) { wire in
      #expect(wire.begin("wait")["result"]?["resultType"] == "task")
    }
    #expect(end == .endOfInput)
  }
}
