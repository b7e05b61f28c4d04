import JSONCodec
import TestSupport
import Telemetry
import Testing
import ToolContracts

@testable import MCPClient

private let form: JSONValue = [
  "type": "object", "properties": ["name": ["type": "string"]], "required": ["name"],
]
private let elicitation =
  #"{"message":"Who?","requestedSchema":{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}}"#

/// What a server wants to know of a person, in both ways in which servers ask.
@Suite(.timeLimit(.minutes(1)), .leavesNothingBehind)
struct QuestionTests {
  private func inputRequired(_ id: Int, _ requests: String, state: String? = "s-1") -> String {
    let state = state.map { #","requestState":"\#($0)""# } ?? ""
    return
      #"{"jsonrpc":"2.0","id":\#(id),"result":{"resultType":"input_required","inputRequests":\#(requests)\#(state)}}"#
      + "\n"
  }

  @Test func anAnswerThatAsksIsAnsweredByTheSameCallAgain() {
    let server = ScriptedServer(canAsk: true)
    let (call, first) = server.begin(1, "greet", #"{"loud":true}"#)
    #expect(
      first["params"]?["_meta"]?["io.modelcontextprotocol/clientCapabilities"]?["elicitation"]?["form"] == [:]
    )
    server.write(
      inputRequired(1, #"{"who":{"method":"elicitation/create","params":\#(elicitation)}}"#))
    #expect(server.calls.waitForInquiries(of: call) == [.form(message: "Who?", schema: form)])
    server.calls.answer(call, [.accepted(["name": "Ada"])])
    let second = server.readLine()
    #expect(second["id"] == 2)
    #expect(second["params"]?["name"] == "greet")
    #expect(second["params"]?["arguments"] == ["loud": true])
    #expect(second["params"]?["requestState"] == "s-1")
    #expect(second["params"]?["inputResponses"] == ["who": ["action": "accept", "content": ["name": "Ada"]]])
    server.write(#"{"jsonrpc":"2.0","id":2,"result":{"resultType":"complete","content":[]}}"# + "\n")
    #expect(server.calls.waitForOutcome(of: call)?.status == .ok)
  }

  @Test func aStateThatComesBackWithoutAQuestionIsBroughtBackAtOnce() {
    let server = ScriptedServer()
    let (call, _) = server.begin(1)
    server.write(inputRequired(1, "{}", state: "only"))
    let second = server.readLine()
    #expect(second["params"]?["requestState"] == "only")
    #expect(second["params"]?["inputResponses"] == nil)
    server.write(#"{"jsonrpc":"2.0","id":2,"result":{"content":[]}}"# + "\n")
    #expect(server.calls.waitForOutcome(of: call)?.status == .ok)
  }

  @Test func aServerThatNeverStopsAskingIsCutOff() {
    let server = ScriptedServer()
    let (call, _) = server.begin(1)
    for id in 1...16 {
      server.write(inputRequired(id, "{}"))
      #expect(server.readLine()["id"]?.int == Int64(id + 1))
    }
    server.write(inputRequired(17, "{}"))
    #expect(server.calls.waitForOutcome(of: call)?.status == .unsupported)
  }

  @Test(arguments: [
    #"{"m":{"method":"sampling/createMessage","params":{"messages":[],"maxTokens":1}}}"#,
    #"{"m":{"method":"roots/list"}}"#, #"{"m":{"method":"elicitation/create","params":{}}}"#, #"{"m":7}"#,
  ])
  func whatIsNoQuestionToAPersonEndsTheCall(requests: String) {
    let server = ScriptedServer(canAsk: true)
    let (call, _) = server.begin(1)
    server.write(inputRequired(1, requests))
    #expect(server.calls.waitForOutcome(of: call)?.status == .unsupported)
  }

  @Test func withoutAPersonTheQuestionIsDismissed() {
    let server = ScriptedServer()
    let (_, first) = server.begin(1)
    #expect(first["params"]?["_meta"]?["io.modelcontextprotocol/clientCapabilities"] == [:])
    server.write(inputRequired(1, #"{"who":{"method":"elicitation/create","params":\#(elicitation)}}"#))
    #expect(server.readLine()["params"]?["inputResponses"] == ["who": ["action": "cancel"]])
  }

  @Test func aCallThatIsGivenUpWhileAPersonThinksIsAnsweredOnceAndNotSentAgain() {
    let server = ScriptedServer(canAsk: true)
    let (call, _) = server.begin(1)
    server.write(inputRequired(1, #"{"who":{"method":"elicitation/create","params":\#(elicitation)}}"#))
    _ = server.calls.waitForInquiries(of: call)
    server.session.cancel(call)
    server.calls.answer(call, [.accepted(["name": "late"])])
    let (_, next) = server.begin(2)
    #expect(next["id"] == 2)
    #expect(server.calls.outcomes(of: call).map(\.status) == [.cancelled])
  }

  @Test func theEndOfAServerAnswersACallThatAPersonIsAskedAbout() {
    let server = ScriptedServer(canAsk: true)
    let (call, _) = server.begin(1)
    server.write(inputRequired(1, #"{"who":{"method":"elicitation/create","params":\#(elicitation)}}"#))
    _ = server.calls.waitForInquiries(of: call)
    server.hangUp()
    #expect(server.calls.waitForOutcome(of: call)?.status == .io)
  }

  @Test func aRequestOfTheServersOwnIsPutToTheCallThatIsOpenLongest() {
    let server = ScriptedServer(canAsk: true)
    let (first, _) = server.begin(1)
    _ = server.begin(2)
    server.write(#"{"jsonrpc":"2.0","id":"q","method":"elicitation/create","params":\#(elicitation)}"# + "\n")
    #expect(server.calls.waitForInquiries(of: first) == [.form(message: "Who?", schema: form)])
    server.calls.answer(first, [.declined])
    #expect(server.readLine().text == #"{"jsonrpc":"2.0","id":"q","result":{"action":"decline"}}"#)
  }

  private func ask(_ id: String, about token: String? = nil) -> String {
    let meta = token.map { #","_meta":{"progressToken":\#($0)}"# } ?? ""
    let params = String(elicitation.dropLast()) + meta + "}"
    return #"{"jsonrpc":"2.0","id":\#(id),"method":"elicitation/create","params":\#(params)}"# + "\n"
  }

  private let dismissed: JSONValue = ["jsonrpc": "2.0", "id": "q", "result": ["action": "cancel"]]

  @Test func aQuestionOfACallThatIsGivenUpIsAnsweredAndTakenBack() {
    let server = ScriptedServer(canAsk: true)
    let (call, _) = server.begin(1)
    server.write(ask(#""q""#))
    _ = server.calls.waitForInquiries(of: call)
    server.session.cancel(call)
    #expect(server.readLine()["method"] == "notifications/cancelled")
    #expect(server.readLine() == dismissed)
    #expect(server.calls.takenBack(from: call) == 1)
    // What the person says all the same reaches nobody.
    server.calls.answer(call, [.declined])
    #expect(server.begin(2).1["id"] == 2)
  }

  @Test(arguments: [
    #"{"jsonrpc":"2.0","id":1,"result":{"content":[]}}"#,
    #"{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"no"}}"#,
  ])
  func aQuestionOfACallThatHasItsAnswerIsAnsweredAndTakenBack(answer: String) {
    let server = ScriptedServer(canAsk: true)
    let (call, _) = server.begin(1)
    server.write(ask(#""q""#))
    _ = server.calls.waitForInquiries(of: call)
    server.write(answer + "\n")
    #expect(server.readLine() == dismissed)
    #expect(server.calls.waitForOutcome(of: call) != nil)
    #expect(server.calls.takenBack(from: call) == 1)
    #expect(server.calls.holds(of: call) == 0)
  }

  @Test func aQuestionGoesToTheNextCallWhenTheOneThatHasItEnds() {
    let server = ScriptedServer(canAsk: true)
    let (first, _) = server.begin(1)
    let (second, _) = server.begin(2)
    server.write(ask(#""q""#))
    _ = server.calls.waitForInquiries(of: first)
    #expect(server.calls.inquiries(of: second).isEmpty)
    #expect(server.calls.holds(of: second) == 1)
    server.write(#"{"jsonrpc":"2.0","id":1,"result":{"content":[]}}"# + "\n")
    #expect(server.calls.waitForInquiries(of: second) == [.form(message: "Who?", schema: form)])
    server.calls.answer(first, [.declined])
    server.calls.answer(second, [.accepted(["name": "Ada"])])
    #expect(server.readLine()["result"] == ["action": "accept", "content": ["name": "Ada"]])
    #expect(server.calls.holds(of: second) == 0)
  }

  @Test func aCallThatCameAfterTheQuestionIsNotAskedAboutIt() {
    let server = ScriptedServer(canAsk: true)
    let (first, _) = server.begin(1)
    server.write(ask(#""q""#))
    _ = server.calls.waitForInquiries(of: first)
    let (later, _) = server.begin(2)
    #expect(server.calls.holds(of: later) == 0)
    server.write(#"{"jsonrpc":"2.0","id":1,"result":{"content":[]}}"# + "\n")
    #expect(server.readLine() == dismissed)
    #expect(server.calls.inquiries(of: later).isEmpty)
  }

  @Test func aServerThatNamesACallHasItAsked() {
    let server = ScriptedServer(canAsk: true)
    let (first, _) = server.begin(1)
    let (second, request) = server.begin(2)
    let token = request["params"]?["_meta"]?["progressToken"]?.text
    server.write(ask(#""q""#, about: token))
    _ = server.calls.waitForInquiries(of: second)
    #expect(server.calls.inquiries(of: first).isEmpty)
    server.calls.answer(second, [.declined])
    #expect(server.readLine()["result"] == ["action": "decline"])
  }

  @Test func aQuestionThatItsServerTakesBackIsNotAnswered() {
    let server = ScriptedServer(canAsk: true)
    let (call, _) = server.begin(1)
    server.write(ask(#""q""#))
    _ = server.calls.waitForInquiries(of: call)
    server.write(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"q"}}"# + "\n")
    server.write(#"{"jsonrpc":"2.0","id":7,"method":"ping"}"# + "\n")
    #expect(server.readLine()["id"] == 7)
    #expect(server.calls.takenBack(from: call) == 1)
    #expect(server.calls.holds(of: call) == 0)
  }

  @Test func aServersIDIsGoodForOneOpenQuestion() {
    let server = ScriptedServer(canAsk: true)
    let (call, _) = server.begin(1)
    server.write(ask("5") + ask("5"))
    #expect(server.readLine()["error"]?["code"] == -32600)
    server.calls.answer(call, [.declined])
    #expect(server.readLine()["result"] == ["action": "decline"])
  }

  @Test func aCallIsAskedAboutSixteenTimesAtMost() {
    let server = ScriptedServer(canAsk: true)
    let (call, _) = server.begin(1)
    for id in 1...16 {
      server.write(ask("\(id)"))
      _ = server.calls.waitForInquiries(of: call)
      server.calls.answer(call, [.declined])
      #expect(server.readLine()["result"] == ["action": "decline"])
    }
    server.write(ask("17"))
    #expect(server.readLine()["error"]?["code"] == -32600)
  }

  @Test func anAddressIsAskedForAsAnAddress() {
    let server = ScriptedServer(canAsk: true)
    let (call, _) = server.begin(1)
    server.write(
      #"{"jsonrpc":"2.0","id":9,"method":"elicitation/create","params":{"mode":"url","message":"Go","url":"https://a.example/","elicitationId":"e"}}"#
        + "\n")
    #expect(server.calls.waitForInquiries(of: call) == [.url(message: "Go", url: "https://a.example/")])
    server.calls.answer(call, [.accepted([:])])
    #expect(server.readLine()["result"] == ["action": "accept"])
  }

  @Test func aQuestionWithoutACallIsRefused() {
    let server = ScriptedServer(canAsk: true)
    server.write(#"{"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":\#(elicitation)}"# + "\n")
    #expect(server.readLine()["error"]?["code"] == -32600)
    server.write(#"{"jsonrpc":"2.0","id":2,"method":"elicitation/create","params":{"message":7}}"# + "\n")
    #expect(server.readLine()["error"]?["code"] == -32602)
  }
}
