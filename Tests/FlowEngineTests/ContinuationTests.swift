import JSONCodec
import Testing
import ToolContracts

@testable import FlowEngine

/// What a provider wants back with its own messages.
@Suite struct ContinuationTests {
  private let thought = Array(#"{"signature":"s1"}"#.utf8)

  private func calling(_ tool: String) -> ModelAnswer {
    ModelAnswer(
      text: "", calls: [.init("1", tool)], finishReason: .toolCalls, continuation: thought)
  }

  private func continuations(_ transition: FlowTransition) -> [String] {
    transition.request?["messages"]?.elements.compactMap { $0["continuation"]?.rawText } ?? []
  }

  @Test func theModelThatGaveItGetsItBackAsItWas() throws {
    var machine = Fixture.machine(try Fixture.flow())
    _ = machine.start()
    _ = machine.modelAnswered(calling("calc_add"))
    #expect(continuations(machine.toolsAnswered([.success(Array("{}".utf8))])) == [#"{"signature":"s1"}"#])
  }

  @Test func anotherModelThatSeesTheConversationDoesNotGetIt() throws {
    var machine = Fixture.machine(try Fixture.flow(history: .full))
    _ = machine.start()
    let next = machine.modelAnswered(calling("transfer_to_b"))
    #expect(machine.agent.name == "b")
    #expect(next.request?["messages"]?.count ?? 0 > 2)
    #expect(continuations(next) == [])
  }

  @Test func itIsReadFromAnAnswerAsItStands() throws {
    let json = #"{"text":"","toolCalls":[],"finishReason":"stop","usage":{},"continuation":[1, {"a": 2}]}"#
    let answer = try #require(ModelAnswer(try JSONDocument(parsing: json).root))
    #expect(String(decoding: answer.continuation, as: UTF8.self) == #"[1, {"a": 2}]"#)
  }

  @Test func theWordsOfAModelThatDeclinesAreItsAnswer() throws {
    var machine = Fixture.machine(try Fixture.flow())
    _ = machine.start()
    let end = machine.modelAnswered(ModelAnswer(text: "I cannot.", finishReason: .refusal))
    #expect(end.outcome?.text == "I cannot.")
  }

  @Test func aModelThatDeclinesWithoutAWordHasNotAnswered() throws {
    var machine = Fixture.machine(try Fixture.flow())
    _ = machine.start()
    let end = machine.modelAnswered(ModelAnswer(text: "", finishReason: .refusal))
    #expect(end.outcome?.failure?.code == .denied)
  }

  @Test func aRequestSaysWhichFormTheHostReads() throws {
    var machine = Fixture.machine(try Fixture.flow())
    #expect(machine.start().request?["form"]?.int == 2)
  }
}
