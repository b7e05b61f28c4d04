package import JackfieldPluginSDK

/// What a model of one case answers to one request. The same request and seed always make the same answer.
package struct ChaosScript {
  private let request: ChatRequest
  private var random: SeededNumbers
  /// The model's own answers in the conversation so far.
  private let turn: Int

  package init(_ request: ChatRequest, seed: UInt64) {
    self.request = request
    turn = request.messages.count { $0.role == .assistant }
    random = SeededNumbers(seed &+ UInt64(turn) &* 0x9E37_79B9_7F4A_7C15)
  }

  /// - Returns: nil for cases that do not come to an answer.
  package mutating func answer(_ chaos: ChaosCase) -> ChatAnswer? {
    if request.toolChoice == .none || request.tools.isEmpty && turn > 0 { return done }
    switch chaos {
    case .noise:
      let others = ChaosCase.allCases.filter { $0.isQuick }
      return turn < 6 ? answer(others[random.below(others.count)]) : done
    case .pingPong: return handoffs.isEmpty ? done : calling([call(handoffs[turn % handoffs.count])])
    case .sameMistake: return calling([ChatToolCall(id: "c", name: "no_such_tool", arguments: "{}")])
    case .neverDone: return calling([anyTool.map { call($0, number: turn) } ?? unknown])
    case .empty: return ChatAnswer()
    case .endlessText, .stall, .busy, .failure, .defect: return nil
    case .drip: return ChatAnswer(text: "This came one letter at a time.")
    default: return turn > 0 ? done : calling(calls(chaos), chaos == .truncated ? .length : .toolCalls)
    }
  }

  private var done: ChatAnswer { ChatAnswer(text: "done") }

  private func calling(
    _ calls: [ChatToolCall], _ reason: ChatAnswer.FinishReason = .toolCalls
  ) -> ChatAnswer {
    ChatAnswer(toolCalls: calls, finishReason: calls.isEmpty ? .stop : reason, usage: ChatUsage())
  }

  // MARK: Calls

  /// Of the first turn.
  private mutating func calls(_ chaos: ChaosCase) -> [ChatToolCall] {
    switch chaos {
    case .notAdvertised:
      return ["shell_execute", "transfer_to_admin", "jackfield_call"].map {
        ChatToolCall(id: $0, name: $0, arguments: "{}")
      }
    case .badJSON: return spoiled([#"{"a":"#, #"{"a":1}}"#, "nonsense", "{'a':1}", "[1", "\u{0}"])
    case .fencedJSON: return spoiled(["```json\n{}\n```"])
    case .duplicateKeys: return spoiled([#"{"a":1,"a":2}"#])
    case .wrongTypes: return spoiled(["[]", "null", "3", #""text""#, wrongArguments])
    case .truncated: return spoiled([#"{"a":"and then it sto"#])
    case .duplicateIDs: return Array(repeating: anyTool.map { call($0) } ?? unknown, count: 2)
    case .twoHandoffs: return (handoffs + handoffs).prefix(2).map { call($0) }
    case .handoffAndTools:
      return (handoffs.prefix(1) + tools.prefix(2)).enumerated().map { call($1, number: $0) }
    case .badHandoff:
      return handoffs.prefix(1).flatMap { tool in
        ["{", "[]", #"{"unexpected":[1,2]}"#].map { ChatToolCall(id: $0, name: tool.name, arguments: $0) }
      } + [ChatToolCall(id: "nobody", name: "transfer_to_nobody", arguments: "{}")]
    case .manyCalls: return (0..<1000).map { number in anyTool.map { call($0, number: number) } ?? unknown }
    case .hugeArguments:
      let long = String(repeating: "x", count: 10 << 20)
      return [ChatToolCall(id: "c", name: anyTool?.name ?? "no_such_tool", arguments: "{\"x\":\"\(long)\"}")]
    default: return [unknown]
    }
  }

  private var unknown: ChatToolCall { ChatToolCall(id: "c", name: "no_such_tool", arguments: "{}") }

  /// One call of some tool with each of these arguments.
  private mutating func spoiled(_ arguments: [String]) -> [ChatToolCall] {
    let offered = request.tools
    return arguments.enumerated().map { number, text in
      let name = offered.isEmpty ? "no_such_tool" : offered[random.below(offered.count)].name
      return ChatToolCall(id: "c\(number)", name: name, arguments: text)
    }
  }

  private var wrongArguments: String {
    let names = anyTool?.inputSchema["properties"]?.members.keys.sorted() ?? ["a"]
    return JSONValue.object(Dictionary(uniqueKeysWithValues: names.map { ($0, .array([.null])) })).json
  }

  private func call(_ tool: ChatTool, number: Int = 0) -> ChatToolCall {
    ChatToolCall(id: "c\(number)", name: tool.name, arguments: Sample(of: tool.inputSchema, number).json)
  }

  // MARK: What is offered

  private var handoffs: [ChatTool] { request.tools.filter { $0.name.hasPrefix("transfer_to_") } }
  private var tools: [ChatTool] { request.tools.filter { !$0.name.hasPrefix("transfer_to_") } }
  private var anyTool: ChatTool? { tools.first ?? request.tools.first }
}

extension ChaosCase {
  /// Comes to an answer at once.
  fileprivate var isQuick: Bool {
    switch self {
    case .noise, .endlessText, .stall, .drip, .busy, .failure, .defect, .hugeArguments, .neverDone, .pingPong:
      false
    default: true
    }
  }
}
