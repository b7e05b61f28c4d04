import JSONCodec
import JSONRPC
import Locking
import ToolContracts

/// Requests of the server's own to its client, in the revisions that have them.
final class ClientQuestions: Sendable {
  typealias Handler = @Sendable (Message.Response.Outcome?) -> Void

  private struct State {
    var last: Int64 = 0
    var open: [RequestID: Handler] = [:]
    var hasEnded = false
  }
  private let writer: FrameWriter
  private let state = Lock(State())

  init(writer: FrameWriter) { self.writer = writer }

  /// - Parameter handler: called once, from the reading thread: with nil where no answer can come any more; not at all
  ///   for a question that was taken back.
  /// - Returns: a key to take the question back.
  func ask(
    _ method: String, _ writeParameters: (inout JSONWriter, String) -> Void, handler: @escaping Handler
  ) -> RequestID? {
    let id: RequestID? = state.withLock { state in
      guard !state.hasEnded else { return nil }
      state.last += 1
      let id = RequestID("jackfield-\(state.last)")
      state.open[id] = handler
      return id
    }
    guard let id else {
      handler(nil)
      return nil
    }
    writer.send(
      Outgoing.request(id, method) { writer in
        writeParameters(&writer, String(id.description.dropFirst().dropLast()))
      })
    return id
  }

  /// - Returns: false for an answer to nothing.
  func take(_ response: Message.Response) -> Bool {
    guard let id = response.id, let handler = state.withLock({ $0.open.removeValue(forKey: id) }) else {
      return false
    }
    handler(response.outcome)
    return true
  }

  /// Nobody wants to know any more.
  func takeBack(_ id: RequestID) {
    guard state.withLock({ $0.open.removeValue(forKey: id) }) != nil else { return }
    writer.send(
      Outgoing.notification("notifications/cancelled") { writer in
        writer.beginObject()
        writer.key("requestId")
        id.write(to: &writer)
        writer.field("reason", "the call that asked is over")
        writer.endObject()
      }, isDroppable: true)
  }

  /// The client says nothing any more.
  func dismissAll() {
    let handlers = state.withLock { state in
      state.hasEnded = true
      defer { state.open = [:] }
      return Array(state.open.values)
    }
    for handler in handlers { handler(nil) }
  }
}
