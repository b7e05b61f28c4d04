import JSONCodec
import Manifests
import Storage
import Testing
import ToolContracts

@testable import FlowEngine

/// What the state machine decides of a flow in stages.
@Suite struct StageMachineTests {
  /// Two stages beside each other, and one that needs both.
  private static let pair = """
    stages:
      gather: {agent: a, MORE}
      count: {tool: script.work, input: {n: 1}, on_failure: continue}
      extract:
        agent: b
        needs: [gather, count]
        input: {question: $input, text: $stages.gather, n: $stages.count/n, price: $$5}
        input_schema: {properties: {text: {not: {const: ""}}}}
        output_schema: {type: object, required: [name], properties: {name: {type: string}}}
        max_repairs: 1
    agents:
      a: {model: {provider: script, name: a}, tools: [script.work], limits: {max_turns: 3}}
      b: {model: {provider: script, name: b}, handoffs: [c]}
      c: {model: {provider: script, name: c}, output_schema: {type: string}}
    """

  private func machine(_ yaml: String = pair, more: String = "on_failure: stop") throws -> FlowStateMachine {
    let flow = try FlowDefinition.manifest(yaml.replacing("MORE", with: more))
    return Fixture.machine(flow)
  }

  private func result(_ json: String) -> StepOutcome { .result(.success(Array(json.utf8))) }
  private func says(_ text: String) -> StepOutcome { .answer(ModelAnswer(text: text)) }
  private let failure = StepOutcome.result(.failure(InvocationFailure(.toolFailed, "no luck")))

  private func stages(_ transitions: FlowTransition..., of kind: JournalEvent.Kind) throws -> [String] {
    try transitions.flatMap(\.records).filter { $0.kind == kind }.map {
      try #require(try JSONDocument(parsing: $0.data).root["stage"]?.string)
    }
  }

  private func content(_ transition: FlowTransition) -> String? {
    transition.request?["messages"]?.value.array?.last?["content"]?.string
  }

  /// To where the last stage is at work.
  private func extracting(_ machine: inout FlowStateMachine) -> FlowTransition {
    _ = machine.start()
    return machine.answered([says("found"), result(#"{"n":7}"#)])
  }

  // MARK: Order

  @Test func whatNeedsNothingIsBegunAtOnceAndTheRestOnceItsNeedsAreDone() throws {
    var machine = try machine()
    let start = machine.start()
    #expect(start.requests.map(\.agent) == ["a"] && start.steps?.map(\.tool.description) == ["script.work"])
    #expect(try stages(start, of: .stageStarted) == ["gather", "count"])
    // The agent looks something up first: the tool's stage is done meanwhile, and the third waits all the same.
    let looking = machine.answered([
      .answer(.calling(ModelToolCall("1", "calc_add"))), result(#"{"n":7}"#),
    ])
    #expect(try stages(looking, of: .stageFinished) == ["count"])
    #expect(try stages(looking, of: .stageStarted) == [])
    let back = machine.answered([result("{}")])
    #expect(back.requests.map(\.agent) == ["a"])
    let last = machine.answered([says("found")])
    #expect(try stages(last, of: .stageStarted) == ["extract"] && last.requests.map(\.agent) == ["b"])
    let end = machine.answered([says(#"{"name":"x"}"#)])
    #expect(end.outcome == FlowOutcome(status: .succeeded, text: #"{"name":"x"}"#, agent: "b"))
  }

  @Test func anInputIsPutTogetherFromTheQuestionAndWhatStagesCameTo() throws {
    var machine = try machine()
    let start = machine.start()
    #expect(content(start) == "question")
    let last = machine.answered([says("found"), result(#"{"n":7}"#)])
    let digests = try last.records.filter { $0.kind == .stageStarted }.map {
      try JSONDocument(parsing: $0.data).root["input_digest"]?.string?.count
    }
    #expect(digests == ["sha256:".count + 64])
    let message = last.request?["messages"]?.value.array?.last
    #expect(message?["agent"]?.string == "extract")
    #expect(
      message?["content"]?.string
        == #"Stage "extract" gives you {"question":"question","text":"found","n":7,"price":"$5"}"#)
  }

  @Test func aStageThatSaysNothingOfItsInputIsGivenWhatItNeeds() throws {
    var machine = try machine(
      """
      stages: {one: {agent: a}, two: {agent: a, needs: [one]}}
      agents: {a: {model: {provider: script, name: a}}}
      """)
    _ = machine.start()
    let second = machine.answered([says("1")])
    #expect(content(second) == #"Stage "two" gives you {"input":"question","stages":{"one":"1"}}"#)
  }

  @Test func theResultIsThatOfTheLastStageOfTheFileOrOfTheNamedOne() throws {
    for (named, text) in [("", "2"), ("result: one\n", "1")] {
      var machine = try machine(
        named + """
          stages: {one: {agent: a}, two: {agent: a, needs: [one]}}
          agents: {a: {model: {provider: script, name: a}}}
          """)
      _ = machine.start()
      _ = machine.answered([says("1")])
      #expect(machine.answered([says("2")]).outcome?.text == text)
    }
  }

  // MARK: Forms

  @Test func anOutputInTheWrongFormIsGivenBackAsOftenAsTheStageAllowsAndThenItFails() throws {
    var machine = try machine()
    _ = extracting(&machine)
    let again = machine.answered([says("no JSON")])
    #expect(again.kinds.contains(.outputRejected) && again.requests.map(\.agent) == ["b"])
    #expect(content(again)?.contains("does not have the form") == true)
    let end = machine.answered([says(#"{"name":1}"#)])
    #expect(end.outcome?.status == .failed && end.outcome?.failure?.code == .invalidResult)
    #expect(end.outcome?.failure?.message.hasPrefix("the stage extract failed") == true)
    #expect(try stages(end, of: .stageFailed) == ["extract"])
  }

  @Test func whoeverTheWorkIsHandedToOwesTheStagesFormAndGetsNoMoreRepairs() throws {
    var machine = try machine()
    _ = extracting(&machine)
    _ = machine.answered([says("no JSON")])
    let handed = machine.answered([.answer(.calling(ModelToolCall("1", "transfer_to_c")))])
    #expect(handed.requests.map(\.agent) == ["c"])
    #expect(handed.request?["outputSchema"]?["required"] != nil)
    #expect(machine.answered([says("\"a text\"")]).outcome?.failure?.code == .invalidResult)
  }

  @Test func anInputInTheWrongFormFailsTheStageBeforeAnybodyWorks() throws {
    var machine = try machine()
    _ = machine.start()
    let end = machine.answered([says(""), result(#"{"n":7}"#)])
    #expect(
      end.outcome?.failure?.code == .schemaViolation && end.outcome?.failure?.pointer?.description == "/text")
    #expect(try stages(end, of: .stageStarted) == ["extract"] && stages(end, of: .stageFailed) == ["extract"])
  }

  @Test func aToolsResultInTheWrongFormFailsItsStage() throws {
    var machine = try machine(
      "stages: {one: {tool: script.work, input: {n: 1}, output_schema: {required: [m]}}}")
    _ = machine.start()
    #expect(machine.answered([result(#"{"n":1}"#)]).outcome?.failure?.code == .invalidResult)
  }

  @Test(arguments: ["$stages.count/m", "$input/x"]) func whatIsNotThereFailsTheStage(_ reference: String)
    throws
  {
    var machine = try machine(
      """
      stages:
        count: {tool: script.work, input: {n: 1}}
        two: {agent: a, needs: [count], input: {it: \(reference)}}
      agents: {a: {model: {provider: script, name: a}}}
      """)
    _ = machine.start()
    let end = machine.answered([result(#"{"n":1}"#)])
    #expect(end.outcome?.failure?.code == .schemaViolation)
    #expect(try stages(end, of: .stageStarted) == ["two"] && stages(end, of: .stageFailed) == ["two"])
  }

  // MARK: Failures

  @Test func aFailureThatTheFlowGoesOnWithoutIsNullToWhoeverNeedsTheStage() throws {
    var machine = try machine()
    _ = machine.start()
    let last = machine.answered([says("found"), failure])
    #expect(try stages(last, of: .stageFailed) == ["count"])
    #expect(content(last)?.contains(#""n":null"#) == true)
  }

  @Test func aFailureThatStopsTheRunEndsTheOthersToo() throws {
    var machine = try machine()
    let start = machine.start()
    let end = machine.answered([
      .noAnswer(InvocationFailure(.unavailable, "nobody there")), result(#"{"n":7}"#),
    ])
    #expect(end.outcome?.status == .failed && end.outcome?.failure?.code == .unavailable)
    #expect(try Set(stages(end, of: .stageFailed)) == ["gather", "count"])
    #expect(try stages(start, end, of: .stageStarted).count == 2)
  }

  @Test func whatNeedsAFailedStageIsLeftOutAndTheRestIsDone() throws {
    var machine = try machine(
      """
      result: other
      stages:
        one: {agent: a, on_failure: skip_dependents}
        two: {agent: a, needs: [one]}
        three: {agent: a, needs: [two]}
        other: {agent: a}
      agents: {a: {model: {provider: script, name: a}}}
      """)
    _ = machine.start()
    let end = machine.answered([.noAnswer(InvocationFailure(.unavailable, "nobody there")), says("fine")])
    #expect(end.outcome == FlowOutcome(status: .succeeded, text: "fine", agent: "a"))
    #expect(try stages(end, of: .stageSkipped) == ["two", "three"])
    let because = try end.records.filter { $0.kind == .stageSkipped }.map {
      try JSONDocument(parsing: $0.data).root["because"]?.string
    }
    #expect(because == ["one", "one"])
  }

  @Test(arguments: ["skip_dependents", "continue"]) func aRunWithoutItsResultHasFailed(_ policy: String)
    throws
  {
    var machine = try machine(
      """
      stages: {one: {agent: a, on_failure: \(policy)}, two: {agent: a, needs: [one], on_failure: \(policy)}}
      agents: {a: {model: {provider: script, name: a}}}
      """)
    _ = machine.start()
    var end = machine.answered([.noAnswer(InvocationFailure(.unavailable, "nobody there"))])
    if end.outcome == nil {
      end = machine.answered([.noAnswer(InvocationFailure(.unavailable, "nor there"))])
    }
    #expect(end.outcome?.status == .failed && end.outcome?.failure?.code == .unavailable)
  }

  // MARK: Limits

  @Test func atALimitOfItsOwnTheStageFailsAndNotTheRun() throws {
    var machine = try machine(
      Self.pair.replacing("{not: {const: \"\"}}", with: "true"),
      more: "limits: {max_turns: 1}, on_failure: continue")
    _ = machine.start()
    _ = machine.answered([.answer(.calling(ModelToolCall("1", "calc_add"))), result(#"{"n":7}"#)])
    let next = machine.answered([result("{}")])
    #expect(try stages(next, of: .stageFailed) == ["gather"] && next.requests.map(\.agent) == ["b"])
  }

  @Test func toolCallsBeyondTheStagesOwnAreRefused() throws {
    var machine = try machine(more: "limits: {max_tool_calls: 1}")
    _ = machine.start()
    _ = machine.answered([
      .answer(.calling(ModelToolCall("1", "calc_add"), ModelToolCall("2", "calc_add"))), result(#"{"n":7}"#),
    ])
    #expect(machine.answered([result("{}")]).results == ["1: ok", "2: rate_limited"])
  }

  @Test func whoIsAskedSpendsTheTurnsOfTheStage() throws {
    var machine = try machine(
      """
      stages: {one: {agent: a, limits: {max_turns: 2}}}
      agents:
        a: {model: {provider: script, name: a}, handoffs: [{target: b, mode: delegate}]}
        b: {model: {provider: script, name: b}}
      """)
    _ = machine.start()
    let asked = machine.answered([.answer(.calling(ModelToolCall("1", "ask_b")))])
    #expect(asked.requests.map(\.agent) == ["b"])
    #expect(machine.answered([says("so")]).outcome?.failure?.code == .rateLimited)
  }

  @Test func anAgentsOwnLimitFailsItsStage() throws {
    var machine = try machine(more: "on_failure: continue")
    var next = machine.start()
    _ = machine.answered([.answer(.calling(ModelToolCall("1", "calc_add"))), result(#"{"n":7}"#)])
    for _ in 0..<2 {
      _ = machine.answered([result("{}")])
      next = machine.answered([.answer(.calling(ModelToolCall("1", "calc_add")))])
    }
    next = machine.answered([result("{}")])
    #expect(try stages(next, of: .stageFailed) == ["gather"] && !next.kinds.contains(.runLimitReached))
  }

  @Test(arguments: [1, 2]) func atALimitOfTheRunTheFirstStageAtWorkHasTheLastWordsAndEachHasItsEnd(
    _ turns: Int
  )
    throws
  {
    var machine = try machine("limits: {max_turns: \(turns), on_limit: wrap_up}\n" + Self.pair)
    var seen = [machine.start()]
    seen.append(
      machine.answered([.answer(.calling(ModelToolCall("1", "calc_add"))), result(#"{"n":7}"#)]))
    seen.append(machine.answered([result("{}")]))
    if turns == 2 { seen.append(machine.answered([.answer(.calling(ModelToolCall("2", "calc_add")))])) }
    if turns == 2 { seen.append(machine.answered([result("{}")])) }
    #expect(
      seen.last?.requests.map(\.agent) == ["a"] && seen.last?.request?["tools"]?.value == [])
    seen.append(machine.answered([says("so far")]))
    #expect(seen.last?.outcome?.status == .limitReached && seen.last?.outcome?.text == "so far")
    let ends = seen.flatMap(\.records).filter { [.stageFinished, .stageFailed].contains($0.kind) }
    #expect(ends.count == 2)
  }

  @Test func whatWasGivenUpAtALimitIsNotDoneAfterAll() throws {
    var machine = try machine(
      "limits: {max_turns: 1, on_limit: wrap_up}\n" + Self.pair, more: "output_schema: {type: object}")
    _ = machine.start()
    // The agent has no turn left to mend its answer in; the tool answers at the same time.
    let limit = machine.answered([says("no JSON"), result(#"{"n":7}"#)])
    #expect(limit.kinds.contains(.runLimitReached))
    let end = machine.answered([says("so far")])
    #expect(end.outcome?.status == .limitReached)
    let ends = (limit.records + end.records).filter { [.stageFinished, .stageFailed].contains($0.kind) }
    #expect(ends.count == 2)
  }

  @Test func aStagesCallCountsAmongTheToolCallsOfTheRun() throws {
    var machine = try machine(
      """
      limits: {max_tool_calls: 1}
      stages: {one: {tool: script.work, input: {n: 1}}, two: {tool: script.work, input: {n: 2}}}
      """)
    let end = machine.start()
    #expect(end.outcome?.status == .limitReached)
    // Neither was made, and each has its one result.
    #expect(end.records.filter { $0.kind == .toolCalled }.map(\.step) == [1, 2])
    #expect(end.records.filter { $0.kind == .toolRejected }.compactMap(\.step).sorted() == [1, 2])
    #expect(try Set(stages(end, of: .stageFailed)) == ["one", "two"])
  }
}
