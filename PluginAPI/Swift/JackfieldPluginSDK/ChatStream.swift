internal import PluginABI
internal import Synchronization

/// Sends pieces of an answer while it is being made.
///
/// A reader that is behind does not hold up the provider: pieces wait here, in order, and go out with the next one.
/// Every function throws `CallEnded` once nobody waits any more; let it pass through. Any thread.
public final class ChatStream: Sendable {
  /// The call that is being answered.
  public let context: CallContext
  private let waiting = Mutex<[Event]>([])

  private struct Event {
    let kind: Int
    let data: String
  }

  init(_ context: CallContext) {
    self.context = context
  }

  /// A piece of the answer's text.
  public func text(_ piece: String) throws(CallEnded) {
    try send(Event(kind: JF_EVENT_TEXT, data: piece))
  }

  /// A piece of reasoning.
  public func reasoning(_ piece: String) throws(CallEnded) {
    try send(Event(kind: JF_EVENT_REASONING, data: piece))
  }

  /// The beginning of a tool call, or all of it.
  /// - Parameter index: Its place among the tool calls of this answer.
  public func toolCall(_ call: ChatToolCall, index: Int) throws(CallEnded) {
    try send(
      Event(
        kind: JF_EVENT_TOOL_CALL,
        data: JSONDocument.object([
          ("index", .integer(Int64(index))), ("id", .string(call.id)), ("name", .string(call.name)),
          ("arguments", .string(call.arguments)),
        ]).text))
  }

  /// A further piece of the arguments of a tool call that has begun.
  public func toolCallArguments(_ piece: String, index: Int) throws(CallEnded) {
    let data = JSONDocument.object([("index", .integer(Int64(index))), ("arguments", .string(piece))]).text
    try send(Event(kind: JF_EVENT_TOOL_CALL, data: data))
  }

  /// Totals so far.
  public func usage(_ usage: ChatUsage) throws(CallEnded) {
    let members: [(key: String, value: Int?)] = [
      ("inputTokens", usage.inputTokens), ("outputTokens", usage.outputTokens),
      ("cachedInputTokens", usage.cachedInputTokens),
      ("cacheWriteInputTokens", usage.cacheWriteInputTokens), ("reasoningTokens", usage.reasoningTokens),
    ]
    let data = JSONDocument.object(
      members.compactMap { member in member.value.map { (member.key, .integer(Int64($0))) } }
    ).text
    try send(Event(kind: JF_EVENT_USAGE, data: data))
  }

  /// Offers what is still waiting once more. What the reader does not take now is left out: the answer has it all.
  func flush() {
    try? sendWaiting(and: nil)
  }

  private func send(_ event: Event) throws(CallEnded) {
    try sendWaiting(and: event)
  }

  private func sendWaiting(and event: Event?) throws(CallEnded) {
    // The lock is held while sending, or pieces could overtake each other.
    try waiting.withLock { waiting throws(CallEnded) in
      if let event { waiting.append(event) }
      var sent = 0
      defer { waiting.removeFirst(sent) }
      while sent < waiting.count {
        guard try context.emit(Int32(waiting[sent].kind), waiting[sent].data) == .sent else { return }
        sent += 1
      }
    }
  }
}
