internal import JackfieldPluginSDK

/// Tool calls that come in pieces, each under its index.
struct CallPieces: Sendable {
  private struct Call {
    var id: String
    var name: String
    var arguments: String
    /// Its place in the order in which calls began; for whoever watches.
    let place: Int
  }
  private var calls: [Int: Call] = [:]
  /// The index that the newest piece belonged to.
  private var newest: Int?

  var isEmpty: Bool { calls.isEmpty }

  /// - Parameter index: nil where the server gives none: then a new id begins a new call.
  /// - Returns: what is new, for whoever watches.
  mutating func take(index: Int?, id: String, name: String, arguments: String) -> AnswerPiece? {
    let index = place(index, id)
    newest = index
    guard var call = calls[index] else {
      let call = Call(id: id, name: name, arguments: arguments, place: calls.count)
      calls[index] = call
      return .toolCall(index: call.place, id: id, name: name, arguments: arguments)
    }
    if call.id.isEmpty { call.id = id }
    // Some servers say it with every piece.
    if call.name != name { call.name += name }
    call.arguments += arguments
    calls[index] = call
    return arguments.isEmpty ? nil : .toolCallArguments(index: call.place, arguments)
  }

  private func place(_ index: Int?, _ id: String) -> Int {
    let next = (calls.keys.max() ?? -1) + 1
    if id.isEmpty { return index ?? newest ?? next }
    if let known = calls.first(where: { $0.value.id == id && (index == nil || index == $0.key) }) {
      return known.key
    }
    guard let index, calls[index].map({ $0.id.isEmpty }) ?? true else {
      // Some servers give every call the index 0, and tell them apart by their ids.
      return next
    }
    return index
  }

  /// - Throws: `.badAnswer` for a call that has no name.
  func whole() throws(ProviderFailure) -> [ChatToolCall] {
    var whole: [ChatToolCall] = []
    for (index, call) in calls.sorted(by: { $0.key < $1.key }) {
      guard !call.name.isEmpty else { throw ProviderFailure.badAnswer("a tool call has no name") }
      whole.append(
        ChatToolCall(
          id: call.id.isEmpty ? "call_\(index)" : call.id, name: call.name, arguments: call.arguments))
    }
    return whole
  }
}
