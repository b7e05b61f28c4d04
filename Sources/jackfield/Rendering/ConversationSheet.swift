import FlowEngine
import JSONCodec
import Storage
import ToolContracts

/// A conversation, or a page of it, for people and for programs.
struct ConversationSheet {
  let summary: ConversationSummary
  let status: ConversationStatus
  let messages: [ConversationMessage]

  func print(on console: Console) {
    console.result(summary.line(status))
    for message in messages { console.result(line(of: message, console)) }
    if let hint { console.message(hint) }
  }

  /// What can be done about a conversation that does not stand well.
  private var hint: String? {
    let run = summary.newest.map { "\($0.run)" } ?? ""
    switch status {
    case .active, .answering: return nil
    case .unanswered:
      return "the last question was never answered: jackfield run resume \(run) goes on, run cancel drops it"
    case .inDoubt: return "jackfield run resolve \(run) STEP, then jackfield run resume \(run)"
    case .awaitingApproval: return "jackfield run approve|deny \(run) STEP, then jackfield run resume \(run)"
    case .waitingForPerson: return "jackfield run take-over \(run), then jackfield run return \(run)"
    case .expired: return "expired: flow run --conversation \(summary.id) --restore continue|afresh"
    }
  }

  private func line(of message: ConversationMessage, _ console: Console) -> String {
    let text = printable(message.text, keepsNewlines: true)
    switch message.content {
    case .user: return console.styled("> \(text)", .bold)
    case .assistant: return "\(printable(message.agent)): \(text)"
    case .toolCall: return "  · \(console.styled(shortened(text), .cyan))"
    case .toolResult(_, _, let isError):
      return "    \(isError ? console.styled(shortened(text), .red) : shortened(text))"
    case .handoff: return "  → \(printable(message.agent)) hands over \(shortened(text))"
    case .system: return console.styled("  \(text)", .yellow)
    case .summary: return console.styled("  before: \(text)", .dim)
    }
  }

  private func shortened(_ text: String) -> String {
    let text = printable(text)
    return text.count <= 100 ? text : text.prefix(99) + "…"
  }

  func json(next: RunID?) -> JSONValue {
    var object = summary.json(status).object ?? JSONObject()
    object["messages"] = .array(messages.map(\.json))
    object["next"] = next.map { .string($0.description) } ?? .null
    return .object(object)
  }
}

extension ConversationSummary {
  func json(_ status: ConversationStatus) -> JSONValue {
    var object: JSONObject = [
      "conversation_id": .string(id.description), "flow": .string(flow), "status": .string(status.rawValue),
      "turns": .int(turns), "started": .string(timestamp(started)),
      "last_active": .string(timestamp(lastActive)),
    ]
    if !user.isEmpty { object["user"] = .string(user) }
    object["newest_run"] = newest.map { .string($0.run.description) }
    return .object(object)
  }

  func line(_ status: ConversationStatus) -> String {
    let whose = user.isEmpty ? "" : "  \(printable(user))"
    let count = turns == 1 ? "1 turn" : "\(turns) turns"
    return
      "\(id)  \(timestamp(lastActive))  \(padded(status.rawValue, 19))\(printable(flow))  \(count)\(whose)"
  }
}
