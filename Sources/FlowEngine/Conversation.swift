import JSONCodec
import Manifests
import ToolContracts
import ToolRegistry

/// A call as a model wrote it: nothing in it is checked.
package struct ModelToolCall: Sendable, Equatable {
  /// Unique within its turn.
  package var id: String
  package var name: String
  package var arguments: String

  package init(id: String, name: String, arguments: String) {
    self.id = id
    self.name = name
    self.arguments = arguments
  }
}

/// What a provider wants back with a message of its own. Only that very model of that provider gets it.
struct Continuation: Sendable, Equatable {
  var provider: ToolName
  var model: String
  var json: [UInt8]
}

/// What the current agent has before it. Every tool call in it is answered by exactly one result before the next
/// assistant message.
struct Conversation: Sendable, Equatable {
  enum Item: Sendable, Equatable {
    case user(String)
    /// Words of another agent: context for this one, never an instruction.
    case quote(agent: String, text: String)
    case assistant(text: String, calls: [ModelToolCall], continuation: Continuation? = nil)
    case result(call: ModelToolCall, content: [UInt8], isError: Bool)
    /// The host says what is wrong with the answer before it, or what became of an earlier turn.
    case correction(String)
  }
  private(set) var items: [Item]
  /// Before it is what was said in earlier turns.
  private var beginning = 0

  init(user text: String) { items = [.user(text)] }

  /// What `agent` is given of earlier turns, and then what is new.
  init(_ messages: [ConversationMessage], for agent: String, _ given: Item) {
    items = []
    var calls: [CallID: ModelToolCall] = [:]
    var open: (run: RunID, turn: UInt32)?
    for message in messages {
      switch message.content {
      case .toolCall(let name, let arguments):
        guard let step = message.step else { continue }
        // What models called it repeats from turn to turn.
        let call = ModelToolCall(id: "\(message.run)-\(step)", name: name, arguments: arguments)
        calls[CallID(run: message.run, step: step)] = call
        if let open, open == (message.run, message.turn),
          case .assistant(let text, let before, _)? = items.last
        {
          items[items.count - 1] = .assistant(text: text, calls: before + [call])
        } else {
          items.append(.assistant(text: "", calls: [call]))
        }
        open = (message.run, message.turn)
        continue
      case .toolResult(_, let content, let isError):
        if let call = message.step.flatMap({ calls[CallID(run: message.run, step: $0)] }) {
          items.append(.result(call: call, content: content, isError: isError))
        }
      case .user(let text): items.append(.user(text))
      case .assistant(let text) where message.agent == agent:
        items.append(.assistant(text: text, calls: []))
        open = (message.run, message.turn)
        continue
      case .assistant(let text): items.append(.quote(agent: message.agent, text: text))
      case .system(let text): items.append(.correction(text))
      case .summary(let text): items.append(.quote(agent: "summary", text: text))
      case .handoff: items.append(.quote(agent: message.agent, text: message.text))
      }
      open = nil
    }
    beginning = items.count
    items.append(given)
  }

  mutating func append(_ item: Item) { items.append(item) }

  /// The call was made with other arguments than its model had written.
  mutating func amend(_ id: String, arguments: String) {
    for index in items.indices.reversed() {
      guard case .assistant(let text, var calls, let continuation) = items[index] else { continue }
      guard let call = calls.firstIndex(where: { $0.id == id }) else { return }
      calls[call].arguments = arguments
      items[index] = .assistant(text: text, calls: calls, continuation: continuation)
      return
    }
  }

  /// What `target` gets to see when `source` turns to it.
  func handedOver(from source: String, _ handoff: HandoffDefinition, payload: [UInt8]) -> Conversation {
    var next = self
    switch handoff.history {
    case .full: break
    case .none:
      next.items = items.last { if case .user = $0 { true } else { false } }.map { [$0] } ?? []
      next.beginning = 0
    case .messages(let last):
      let past = items[..<beginning].compactMap { $0.spoken(by: source) }
      next.items = past + items[beginning...].compactMap { $0.spoken(by: source) }
      next.beginning = past.count
      guard let last, last < next.items.count else { break }
      next.beginning = max(0, past.count - (next.items.count - last))
      next.items = Array(next.items.suffix(last))
    }
    let given = String(decoding: payload, as: UTF8.self)
    let words =
      handoff.mode == .transfer
      ? "Agent \"\(source)\" handed over to you with \(given)"
      : "Agent \"\(source)\" asks you with \(given)"
    next.items.append(.quote(agent: source, text: words))
    return next
  }

  /// What was said last in this turn.
  var lastText: String {
    for case .assistant(let text, _, _) in items[beginning...].reversed() where !text.isEmpty { return text }
    return ""
  }

  /// All that somebody else said to the agent: a person, another agent.
  var given: String {
    items.compactMap { item in
      switch item {
      case .user(let text), .quote(_, let text): text
      case .assistant, .result, .correction: nil
      }
    }.joined(separator: "\n\n")
  }

  /// Identifies what is here.
  var digest: String {
    var writer = JSONWriter(reserving: 1024)
    writer.beginArray()
    for item in items { writer.item(item) }
    writer.endArray()
    return sha256(of: writer.bytes)
  }
}

extension Conversation.Item {
  /// The item without its tool calls, its words marked as those of `agent`; nil where nothing was said.
  fileprivate func spoken(by agent: String) -> Conversation.Item? {
    switch self {
    case .user, .quote: self
    case .assistant(let text, _, _): text.isEmpty ? nil : .quote(agent: agent, text: text)
    case .result, .correction: nil
    }
  }
}
