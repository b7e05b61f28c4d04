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
    /// The host says what is wrong with the answer before it.
    case correction(String)
  }
  private(set) var items: [Item]

  init(user text: String) { items = [.user(text)] }
  init(quoting agent: String, _ text: String) { items = [.quote(agent: agent, text: text)] }

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
    case .none: next.items = items.last { if case .user = $0 { true } else { false } }.map { [$0] } ?? []
    case .messages(let last):
      next.items = items.compactMap { $0.spoken(by: source) }
      if let last { next.items = Array(next.items.suffix(last)) }
    }
    let given = String(decoding: payload, as: UTF8.self)
    let words =
      handoff.mode == .transfer
      ? "Agent \"\(source)\" handed over to you with \(given)"
      : "Agent \"\(source)\" asks you with \(given)"
    next.items.append(.quote(agent: source, text: words))
    return next
  }

  var lastText: String {
    for case .assistant(let text, _, _) in items.reversed() where !text.isEmpty { return text }
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
