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
