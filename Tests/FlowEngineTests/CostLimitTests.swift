import JSONCodec
import Manifests
import ModelContracts
import Testing
import ToolContracts

@testable import FlowEngine

/// What a run may cost.
@Suite struct CostLimitTests {
  /// After calls that cost so much: one that calls a tool, each.
  private func end(of costs: [String?], most: String, _ onLimit: FlowLimits.OnLimit = .stop) throws
    -> FlowTransition
  {
    var limits = FlowLimits()
    limits.maxCost = Money(most)
    limits.onLimit = onLimit
    var machine = Fixture.machine(try Fixture.flow(limits: limits))
    var transition = machine.start()
    for cost in costs {
      var answer = ModelAnswer.calling(ModelToolCall("1", "calc_add"))
      answer.cost = cost.flatMap { Money($0) }
      _ = machine.modelAnswered(answer)
      transition = machine.toolsAnswered([.success(Array("{}".utf8))])
    }
    return transition
  }

  @Test func aRunThatHasCostAsMuchAsItMayAsksNoModelAnyMore() throws {
    #expect(try end(of: ["0.1", "0.19"], most: "0.3").outcome == nil)
    let end = try end(of: ["0.1", "0.2"], most: "0.3")
    #expect(end.outcome?.status == .limitReached)
    #expect(end.outcome?.failure?.message.contains("max_cost") == true)
  }

  @Test func whatNobodyKnowsTheCostOfHasReachedTheLimit() throws {
    #expect(try end(of: [nil], most: "100").outcome?.status == .limitReached)
  }

  @Test func theLastWordsAreSaidWhereTheFlowWantsThem() throws {
    #expect(try end(of: ["1"], most: "1", .wrapUp).requests.count == 1)
  }
}
