import ToolContracts

/// Chooses what of a conversation a model is given where not all of it fits.
///
/// What the host says is always there, and the newest summary if it fits. What is left goes first to what was said, then to
/// calls of tools, then to handoffs, of each the newest; a gap never opens within a class. A call goes with its result and
/// with the other calls of its turn, or not at all. Words of other agents are given, their calls are not.
package struct ContextBuilder: Sendable, Equatable {
  /// Estimated tokens. Kept, unless what the host says alone takes more.
  package var budget: Int

  package init(budget: Int) { self.budget = budget }

  /// - Parameter agent: whose model it is.
  /// - Returns: some of the messages, in their order.
  package func chosen(from messages: [ConversationMessage], for agent: String) -> [ConversationMessage] {
    let units = Unit.units(of: messages, for: agent)
    var isKept = [Bool](repeating: false, count: units.count)
    var left = budget
    func keep(_ index: Int) {
      isKept[index] = true
      left -= units[index].tokens
    }
    for index in units.indices where units[index].kind == .host { keep(index) }
    if let summary = units.lastIndex(where: { $0.kind == .summary }), units[summary].tokens <= left {
      keep(summary)
    }
    var oldest = units.startIndex
    for kind in [Unit.Kind.speech, .calls, .handoff] {
      var reached = units.endIndex
      for index in units.indices[oldest...].reversed() where units[index].kind == kind {
        guard units[index].tokens <= left else { break }
        keep(index)
        reached = index
      }
      // Calls from before what is left of the talk would stand there without their question.
      if kind == .speech { oldest = reached }
    }
    return zip(units, isKept).flatMap { $1 ? $0.messages : [] }
  }

  /// Estimated, of all that an unlimited model would be given.
  package static func estimatedTokens(_ messages: [ConversationMessage], for agent: String) -> Int {
    Unit.units(of: messages, for: agent).reduce(0) { $0 + $1.tokens }
  }

  /// What stays together.
  private struct Unit {
    enum Kind {
      case host
      case summary
      case speech
      case calls
      case handoff
    }
    var kind: Kind
    var messages: [ConversationMessage]
    var tokens: Int { messages.reduce(0) { $0 + $1.estimatedTokens } }

    static func units(of messages: [ConversationMessage], for agent: String) -> [Unit] {
      var units: [Unit] = []
      var rest = messages[...]
      while let first = rest.first {
        let exchange = exchange(at: rest)
        if exchange.isEmpty {
          units.append(Unit(kind: kind(of: first), messages: [first]))
          rest.removeFirst()
        } else {
          rest.removeFirst(exchange.count)
          units += unit(ofExchange: exchange, for: agent)
        }
      }
      return units
    }

    private static func kind(of message: ConversationMessage) -> Kind {
      switch message.content {
      case .system: .host
      case .summary: .summary
      case .handoff: .handoff
      case .user, .assistant: .speech
      case .toolCall, .toolResult: .calls
      }
    }

    /// The calls and results at the beginning, and what the agent said with them.
    private static func exchange(at messages: ArraySlice<ConversationMessage>) -> ArraySlice<
      ConversationMessage
    > {
      guard let first = messages.first else { return [] }
      let speaks = if case .assistant = first.content { true } else { false }
      let calls = messages.dropFirst(speaks ? 1 : 0).prefix {
        $0.isOfCall && $0.run == first.run && $0.turn == first.turn
      }
      return calls.isEmpty ? [] : messages.prefix(calls.count + (speaks ? 1 : 0))
    }

    private static func unit(ofExchange messages: ArraySlice<ConversationMessage>, for agent: String)
      -> [Unit]
    {
      let calls = Set(messages.filter(\.isCall).compactMap(\.step))
      let paired = calls.intersection(messages.filter(\.isResult).compactMap(\.step))
      let isOwn = messages.first?.agent == agent
      let kept = messages.filter { message in
        guard message.isOfCall else { return true }
        return isOwn && message.step.map(paired.contains) ?? false
      }
      guard !kept.isEmpty else { return [] }
      return [Unit(kind: kept.contains(where: \.isOfCall) ? .calls : .speech, messages: Array(kept))]
    }
  }
}

extension ConversationMessage {
  package var isCall: Bool { if case .toolCall = content { true } else { false } }
  package var isResult: Bool { if case .toolResult = content { true } else { false } }
  package var isOfCall: Bool { isCall || isResult }
}
