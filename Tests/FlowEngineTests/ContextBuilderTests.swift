import Testing
import ToolContracts

@testable import FlowEngine

/// What of a conversation a model is given where not all of it fits.
@Suite struct ContextBuilderTests {
  private static func run(_ number: Int) -> RunID {
    RunID(milliseconds: Int64(number), randomness: UInt128(number))
  }

  private static func message(
    _ run: Int, turn: UInt32 = 0, agent: String = "", step: UInt32? = nil,
    _ content: ConversationMessage.Content
  ) -> ConversationMessage {
    ConversationMessage(
      run: Self.run(run), time: 0, turn: turn, agent: agent, step: step, content: content)
  }

  /// A question, a call of a tool with its result, and an answer of about 4 + `size` tokens.
  private static func turn(_ run: Int, agent: String = "a", size: Int = 6) -> [ConversationMessage] {
    let words = String(repeating: "w", count: size * 4)
    return [
      message(run, .user(words)),
      message(run, turn: 1, agent: agent, .assistant("let me see")),
      message(run, turn: 1, agent: agent, step: 2, .toolCall(name: "t", arguments: "{}")),
      message(
        run, turn: 1, agent: agent, step: 2, .toolResult(name: "t", content: Array("1".utf8), isError: false)),
      message(run, turn: 2, agent: agent, .assistant(words)),
    ]
  }

  private static func tokens(_ messages: [ConversationMessage]) -> Int {
    messages.reduce(0) { $0 + $1.estimatedTokens }
  }

  @Test func whatFitsIsGivenWhole() {
    let messages = Self.turn(1) + Self.turn(2)
    let chosen = ContextBuilder(budget: Self.tokens(messages)).chosen(from: messages, for: "a")
    #expect(chosen == messages)
    #expect(ContextBuilder.estimatedTokens(messages, for: "a") == Self.tokens(messages))
  }

  @Test func theNewestTalkGoesBeforeOldTalkAndBeforeCalls() {
    let messages = Self.turn(1) + Self.turn(2)
    // Question and answer of the second turn take 20.
    let chosen = ContextBuilder(budget: 20).chosen(from: messages, for: "a")
    #expect(chosen == [messages[5], messages[9]])
    // One token less, and the question goes.
    #expect(ContextBuilder(budget: 19).chosen(from: messages, for: "a") == [messages[9]])
  }

  @Test func aCallGoesWithItsResultAndWithWhatWasSaidOrNotAtAll() {
    let messages = Self.turn(1)
    let exchange = Self.tokens(Array(messages[1...3]))
    let all = ContextBuilder(budget: 20 + exchange).chosen(from: messages, for: "a")
    #expect(all == messages)
    let without = ContextBuilder(budget: 19 + exchange).chosen(from: messages, for: "a")
    #expect(without == [messages[0], messages[4]])
  }

  @Test func aCallWithoutAResultIsNotGiven() {
    var messages = Self.turn(1)
    messages.remove(at: 3)
    let chosen = ContextBuilder(budget: 1000).chosen(from: messages, for: "a")
    #expect(chosen == [messages[0], messages[1], messages[3]])
  }

  @Test func ofOtherAgentsOnlyTheWordsAreGiven() {
    let messages = Self.turn(1, agent: "b")
    let chosen = ContextBuilder(budget: 1000).chosen(from: messages, for: "a")
    #expect(chosen == [messages[0], messages[1], messages[4]])
  }

  @Test func whatTheHostSaysIsKeptWhateverElseIsNot() {
    let note = Self.message(1, .system("There was no answer: the run was cancelled"))
    let messages = [Self.message(1, .user("first")), note] + Self.turn(2)
    #expect(ContextBuilder(budget: 0).chosen(from: messages, for: "a") == [note])
  }

  @Test func theNewestSummaryStandsForAllOfThem() {
    let summaries = [Self.message(1, .summary("one")), Self.message(2, .summary("two"))]
    let messages = summaries + Self.turn(3)
    #expect(ContextBuilder(budget: 8).chosen(from: messages, for: "a") == [summaries[1]])
  }

  @Test(arguments: 0..<300) func whateverTheConversationTheBudgetAndThePairsAreKept(seed: UInt64) {
    var random = SeededChoice(state: seed)
    var messages: [ConversationMessage] = []
    for run in 1...Int.random(in: 1...12, using: &random) {
      messages += Self.randomTurn(run, using: &random)
    }
    let budget = Int.random(in: 0...400, using: &random)
    let chosen = ContextBuilder(budget: budget).chosen(from: messages, for: "a")
    let system = messages.filter { $0.name == "system" }
    #expect(chosen.filter { $0.name == "system" } == system, "seed \(seed)")
    #expect(Self.tokens(chosen) <= max(budget, Self.tokens(system)), "seed \(seed)")
    // In their order, and none that was not there.
    var rest = messages[...]
    for message in chosen {
      guard let index = rest.firstIndex(of: message) else { Issue.record("seed \(seed)"); return }
      rest = rest[(index + 1)...]
    }
    // Each call with one result behind it, and no result alone.
    for (index, message) in chosen.enumerated() where message.isOfCall {
      #expect(message.agent == "a", "seed \(seed)")
      let partner = chosen.indices.filter {
        chosen[$0].run == message.run && chosen[$0].step == message.step
          && chosen[$0].isCall != message.isCall
      }
      #expect(partner.count == 1 && (partner[0] > index) == message.isCall, "seed \(seed)")
    }
    // Talk has no gaps.
    let talk = { (message: ConversationMessage) in
      message.name == "user" || message.name == "assistant" && message.turn == 0
    }
    #expect(
      messages.filter(talk).suffix(chosen.filter(talk).count) == chosen.filter(talk)[...], "seed \(seed)")
  }

  private static func randomTurn(_ run: Int, using random: inout SeededChoice) -> [ConversationMessage] {
    func text() -> String { String(repeating: "x", count: Int.random(in: 0...160, using: &random)) }
    // Words without calls are given turn 0 here, so that the test can tell them from those beside calls.
    var messages = [message(run, .user(text()))]
    var step: UInt32 = 1
    for turn in 0..<UInt32.random(in: 0...4, using: &random) {
      let agent = Bool.random(using: &random) ? "a" : "b"
      if Bool.random(using: &random) {
        messages.append(message(run, turn: turn + 1, agent: agent, .assistant(text())))
      }
      let calls = step..<(step + UInt32.random(in: 1...4, using: &random))
      step = calls.upperBound
      for call in calls {
        messages.append(
          message(run, turn: turn + 1, agent: agent, step: call, .toolCall(name: "t", arguments: text())))
      }
      for call in calls where Int.random(in: 0..<10, using: &random) > 0 {
        messages.append(
          message(
            run, turn: turn + 1, agent: agent, step: call,
            .toolResult(name: "t", content: Array(text().utf8), isError: false)))
      }
      if Int.random(in: 0..<5, using: &random) == 0 {
        messages.append(message(run, turn: turn + 1, agent: agent, .handoff(to: "b", payload: [])))
      }
    }
    if Int.random(in: 0..<6, using: &random) == 0 { messages.append(message(run, .system("note"))) }
    if Int.random(in: 0..<6, using: &random) == 0 { messages.append(message(run, .summary(text()))) }
    messages.append(message(run, agent: "a", .assistant(text())))
    return messages
  }
}

/// SplitMix64.
struct SeededChoice: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
