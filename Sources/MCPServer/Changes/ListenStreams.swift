import JSONCodec
import JSONRPC
import Locking

/// The open `subscriptions/listen` requests of one connection. Each is a stream of notifications that carry its id.
final class ListenStreams: Sendable {
  private static let maxCount = 64

  private struct Stream {
    let answer: Answer
    let filter: ChangeFilter
  }
  private let streams = Lock<[Stream]>([])
  private let writer: FrameWriter

  init(writer: FrameWriter) { self.writer = writer }

  /// Acknowledges the stream, then lets it hear of changes.
  ///
  /// - Returns: false where there are too many already.
  func open(_ answer: Answer, _ filter: ChangeFilter) -> Bool {
    let acknowledgement = Self.notification("notifications/subscriptions/acknowledged", of: answer.id) {
      writer in
      writer.key("notifications")
      filter.write(to: &writer)
    }
    // Enqueued under the lock: the acknowledgement is the first frame of its stream.
    return streams.withLock { streams in
      guard streams.count < Self.maxCount else { return false }
      writer.enqueue(acknowledgement)
      streams.append(Stream(answer: answer, filter: filter))
      return true
    }
  }

  /// The client ended it.
  func close(_ id: RequestID) { streams.withLock { $0.removeAll { $0.answer.id == id } } }

  func tell(_ change: Change) {
    streams.withLock { streams in
      for stream in streams where stream.filter.wants(change) {
        let frame = Self.notification(change.method, of: stream.answer.id) { change.writeFields(to: &$0) }
        writer.enqueue(frame)
      }
    }
  }

  /// The status of a task, to those who asked for it by its id.
  func tell(_ task: FlowTask) {
    streams.withLock { streams in
      for stream in streams where stream.filter.tasks.contains(task.run) {
        writer.enqueue(
          Self.notification("notifications/tasks", of: stream.answer.id) {
            task.write(to: &$0, for: stream.answer.revision, details: true)
          })
      }
    }
  }

  /// The server ends all of them.
  func endAll() {
    let ended = streams.withLock { streams in
      defer { streams = [] }
      return streams
    }
    for stream in ended {
      let id = stream.answer.id
      writer.enqueue(
        Self.notification("notifications/cancelled", of: id) { writer in
          writer.key("requestId")
          id.write(to: &writer)
        })
      writer.enqueue(stream.answer.endOfStream())
    }
  }

  private static func notification(
    _ method: String, of id: RequestID, _ writeFields: (inout JSONWriter) -> Void
  ) -> [UInt8] {
    Outgoing.notification(method) { writer in
      writer.beginObject()
      writeFields(&writer)
      writer.key("_meta")
      writer.beginObject()
      writer.key(RequestMeta.subscriptionID)
      id.write(to: &writer)
      writer.endObject()
      writer.endObject()
    }
  }
}

extension Change {
  var method: String {
    switch self {
    case .tools: "notifications/tools/list_changed"
    case .prompts: "notifications/prompts/list_changed"
    case .resources: "notifications/resources/list_changed"
    case .resource: "notifications/resources/updated"
    }
  }

  func writeFields(to writer: inout JSONWriter) {
    if case .resource(let uri) = self { writer.field("uri", uri) }
  }
}

extension Answer {
  fileprivate func endOfStream() -> [UInt8] {
    Outgoing.result(id) { writer in
      writer.beginObject()
      writer.field("resultType", "complete")
      writer.key("_meta")
      writer.beginObject()
      writer.key(RequestMeta.subscriptionID)
      id.write(to: &writer)
      writer.endObject()
      writer.endObject()
    }
  }
}
