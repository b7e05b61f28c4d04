import Glibc
import JSONCodec
import Locking
import TestSupport
import Testing
import Telemetry
import ToolContracts

@testable import MCPClient

struct ServerSessionTests {
  @Test func aCallIsOneRequestAndItsAnswerIsTheResult() {
    let server = ScriptedServer()
    server.session.agree(on: .legacy("2025-06-18"))
    let (call, request) = server.begin(1, "echo", "{\"a\":\n1}")
    #expect(request["method"]?.string == "tools/call")
    #expect(request["params"]?["name"]?.string == "echo")
    #expect(request["params"]?["arguments"]?.text == #"{"a":1}"#)
    #expect(request["params"]?["_meta"]?.object?.keys == ["progressToken"])
    server.write(#"{"jsonrpc":"2.0","id":1,"result":{"structuredContent":{"n":1.50},"content":[]}}"# + "\n")
    #expect(server.calls.waitForOutcome(of: call) == .init(status: .ok, payload: #"{"n":1.50}"#))
  }

  @Test func aModernRequestSaysForItselfWhatItIs() {
    let server = ScriptedServer()
    let (_, request) = server.begin(1)
    let meta = request["params"]?["_meta"]
    #expect(meta?["io.modelcontextprotocol/protocolVersion"]?.string == "2026-07-28")
    #expect(meta?["io.modelcontextprotocol/clientCapabilities"]?.object?.isEmpty == true)
  }

  @Test(arguments: [
    (
      #""result":{"content":[{"type":"text","text":"x"}]}"#, CallStatus.ok,
      #"{"content":[{"type":"text","text":"x"}]}"#
    ),
    (#""result":{}"#, .ok, #"{"content":[]}"#),
    (#""result":{"resultType":"complete","structuredContent":[1]}"#, .ok, "[1]"),
    (
      #""result":{"isError":true,"content":[{"type":"text","text":"a"},{"type":"image"},{"type":"text","text":"b"}]}"#,
      .tool, "a\nb"
    ),
    (#""result":{"isError":true}"#, .tool, "the tool failed"),
    (
      #""result":{"resultType":"new"}"#, .internal,
      "the server answered with a kind of result that nobody asked for"
    ),
    (#""result":[]"#, .internal, "the server's result is no object"),
    (#""error":{"code":-32602,"message":"no"}"#, .argument, "no"),
    (#""error":{"code":-32601,"message":"gone"}"#, .unsupported, "gone"),
    (#""error":{"code":-32603,"message":"oops"}"#, .tool, "oops"),
    (#""error":7"#, .tool, "the server refused the call"),
  ])
  func everyAnswerHasItsStatus(member: String, status: CallStatus, payload: String) {
    let server = ScriptedServer()
    let (call, _) = server.begin(1)
    server.write(#"{"jsonrpc":"2.0","id":1,"# + member + "}\n")
    #expect(server.calls.waitForOutcome(of: call) == .init(status: status, payload: payload))
  }

  @Test func whatIsNoMessageIsCountedAndTheCallGoesOn() {
    let server = ScriptedServer()
    let (call, _) = server.begin(1)
    server.write(
      "Listening …\n\r\n\n   \n[1]\n{\"level\":\"info\"}\n{\"jsonrpc\":\"2.0\",\"id\":77,\"result\":{}}\n")
    server.write(#"{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":""}}"# + "\n")
    server.write(#"{"jsonrpc":"2.0","id":1,"result":{}}"# + "\r\n")
    #expect(server.calls.waitForOutcome(of: call)?.status == .ok)
    #expect(server.counts.strayLines.value == 3)
    #expect(server.counts.unknownAnswers.value == 1)
  }

  @Test func anAnswerThatCannotBeReadFailsItsCallAlone() {
    let server = ScriptedServer(maxBytes: 4096)
    let (long, _) = server.begin(1)
    let (twice, _) = server.begin(2)
    let (fine, _) = server.begin(3)
    server.write(#"{"jsonrpc":"2.0","id":1,"result":{"x":""# + String(repeating: "x", count: 5000) + "\"}}\n")
    server.write(#"{"jsonrpc":"2.0","id":2,"result":{"a":1,"a":2}}"# + "\n")
    server.write(#"{"jsonrpc":"2.0","id":3,"result":{}}"# + "\n")
    #expect(server.calls.waitForOutcome(of: long)?.status == .limit)
    #expect(server.calls.waitForOutcome(of: twice)?.status == .internal)
    #expect(server.calls.waitForOutcome(of: fine)?.status == .ok)
  }

  @Test func progressReachesItsCallAndNoOther() {
    let server = ScriptedServer()
    let (call, request) = server.begin(1)
    let token = request["params"]?["_meta"]?["progressToken"]?.text ?? ""
    server.write(
      #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"x","progress":1}}"#
        + "\n")
    server.write(
      #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"# + token
        + #","progress":1.5,"total":3,"message":"half"}}"# + "\n")
    server.write(#"{"jsonrpc":"2.0","id":1,"result":{}}"# + "\n")
    _ = server.calls.waitForOutcome(of: call)
    #expect(server.calls.progress(of: call) == [CallProgress(done: 1.5, total: 3, note: "half")])
    #expect(server.counts.unknownProgress.value == 1)
  }

  @Test func aCancelledCallIsToldToTheServerAndItsLateAnswerForgotten() {
    let server = ScriptedServer()
    let (call, request) = server.begin(1)
    server.session.cancel(call)
    server.session.cancel(call)
    let cancelled = server.readLine()
    #expect(cancelled["method"]?.string == "notifications/cancelled")
    #expect(cancelled["params"]?["requestId"] == request["id"])
    server.write(#"{"jsonrpc":"2.0","id":1,"result":{}}"# + "\n")
    let (next, _) = server.begin(2)
    server.write(#"{"jsonrpc":"2.0","id":2,"result":{}}"# + "\n")
    #expect(server.calls.waitForOutcome(of: next)?.status == .ok)
    #expect(server.calls.outcomes(of: call).map(\.status) == [.cancelled])
    #expect(server.counts.unknownAnswers.value == 1)
  }

  @Test func aCallThatWasGivenUpWhileItWasSentIsCancelled() {
    let server = ScriptedServer()
    let call = server.calls.begin(1)
    server.calls.giveUp(call)
    #expect(server.send(call) == .pending)
    #expect(server.readLine()["method"]?.string == "tools/call")
    #expect(server.readLine()["method"]?.string == "notifications/cancelled")
    #expect(server.calls.outcomes(of: call).map(\.status) == [.cancelled])
  }

  @Test func aServersOwnRequestsAreDeclinedAndPingIsAnswered() {
    let server = ScriptedServer()
    server.write(#"{"jsonrpc":"2.0","id":"p","method":"ping"}"# + "\n")
    #expect(server.readLine()["result"] == ["resultType": "complete"])
    server.session.agree(on: .legacy("2025-06-18"))
    server.write(#"{"jsonrpc":"2.0","id":"p","method":"ping"}"# + "\n")
    #expect(server.readLine().text == #"{"jsonrpc":"2.0","id":"p","result":{}}"#)
    for (id, method) in ["sampling/createMessage", "roots/list", "new/thing"].enumerated() {
      server.write(#"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":{}}"# + "\n")
      let answer = server.readLine()
      #expect(answer["id"]?.int == Int64(id))
      #expect(answer["error"]?["code"]?.int == -32601)
    }
    #expect(server.counts.declinedRequests.value == 3)
  }

  @Test func theEndOfTheOutputAnswersEverythingThatIsOpen() {
    let server = ScriptedServer()
    let (call, _) = server.begin(1)
    let question = server.session.ask("tools/list")
    server.write(#"{"jsonrpc":"2.0","id":1,"resu"#)
    server.hangUp()
    server.waitForLoss()
    #expect(server.calls.waitForOutcome(of: call)?.status == .io)
    guard case .lost = question.answer else { return #expect(Bool(false), "the question is still open") }
    let late = server.calls.begin(2)
    #expect(server.send(late) == .busy)
    #expect(server.calls.outcomes(of: late).map(\.status) == [.busy])
  }

  @Test func aServerThatReadsNothingGetsOnlySoMuchAndBlocksNobody() {
    let server = ScriptedServer()
    let argument = #"{"x":""# + String(repeating: "x", count: 1 << 20) + #""}"#
    var sent = 0
    while sent < 100, server.send(server.calls.begin(UInt64(sent + 1)), "echo", argument) == .pending {
      sent += 1
    }
    #expect((8...10).contains(sent))
    #expect(server.calls.outcomes(of: CallHandle(rawValue: UInt64(sent + 1))).map(\.status) == [.busy])
    // Giving up needs no room either.
    for number in 1...sent { server.session.cancel(CallHandle(rawValue: UInt64(number))) }
    #expect(server.calls.outcomes(of: CallHandle(rawValue: 1)).map(\.status) == [.cancelled])
  }

  @Test func onlySoManyCallsAreOpenAtOnce() {
    let server = ScriptedServer()
    var statuses: [CallStatus] = []
    for number in 0...ServerSession.maxCalls {
      statuses.append(server.send(server.calls.begin(UInt64(number + 1))))
    }
    #expect(statuses.dropLast().allSatisfy { $0 == .pending })
    #expect(statuses.last == .busy)
  }

  @Test func aListIsReadPageByPageAndAnEmptyCursorIsOne() throws {
    let server = ScriptedServer()
    let session = server.session
    let listed = Condition<Result<[OfferedTool], ServerFailure>?>(nil)
    onNewThread {
      let result = Result { () throws(ServerFailure) in
        try session.listTools(withinNanoseconds: 10_000_000_000)
      }
      listed.withLock { $0 = result }
      listed.broadcast()
    }
    for (id, answer) in [
      #"{"tools":[{"name":"a","inputSchema":{}}],"nextCursor":""}"#,
      #"{"tools":[{"name":"b","inputSchema":{}},{"name":""},7],"nextCursor":"x"}"#, #"{"tools":[]}"#,
    ].enumerated() {
      let request = server.readLine()
      #expect(request["params"]?["cursor"]?.string == [nil, "", "x"][id])
      server.write(#"{"jsonrpc":"2.0","id":\#(id + 1),"result":\#(answer)}"# + "\n")
    }
    #expect(try listed.wait { $0 }.get().map(\.name) == ["a", "b"])
  }

  @Test func anEndlessListIsNotReadToItsEnd() throws {
    let server = ScriptedServer()
    let session = server.session
    let failed = Condition<ServerFailure?>(nil)
    onNewThread {
      do throws(ServerFailure) { _ = try session.listTools(withinNanoseconds: 10_000_000_000) } catch {
        failed.withLock { $0 = error }
        failed.broadcast()
      }
    }
    for id in 1...ServerSession.maxPages {
      _ = server.readLine()
      server.write(#"{"jsonrpc":"2.0","id":\#(id),"result":{"tools":[],"nextCursor":"\#(id)"}}"# + "\n")
    }
    #expect(failed.wait { $0 }.message.contains("100 pages"))
  }

  @Test func aServerMayAgreeToAnOlderRevisionButNotToAnUnknownOne() {
    for (revision, isGood) in [("2024-11-05", true), ("2025-11-25", true), ("1999-01-01", false)] {
      let server = ScriptedServer()
      let session = server.session
      let outcome = Condition<Bool?>(nil)
      onNewThread {
        var isAgreed = true
        do throws(ServerFailure) { try session.initialize(withinNanoseconds: 10_000_000_000) } catch {
          isAgreed = false
        }
        outcome.withLock { $0 = isAgreed }
        outcome.broadcast()
      }
      #expect(server.readLine()["params"]?["capabilities"] == ["elicitation": ["form": [:], "url": [:]]])
      server.write(#"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"\#(revision)"}}"# + "\n")
      #expect(outcome.wait { $0 } == isGood)
      if isGood { #expect(server.readLine()["method"]?.string == "notifications/initialized") }
    }
  }
}
