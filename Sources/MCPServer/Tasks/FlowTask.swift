import FlowEngine
import JSONCodec
import Locking
import Telemetry
import ToolContracts

/// A flow that runs on after its request was answered. Its id is that of its run.
final class FlowTask: InquiryPort {
  enum Status: String {
    case working
    case inputRequired = "input_required"
    case completed
    case cancelled
    /// Only of a run that nobody works on any more.
    case failed
  }

  /// For how long its result is kept here; the run's journal has it for longer.
  static let ttlMilliseconds: Int64 = 3_600_000
  private static let pollMilliseconds: Int64 = 500

  private struct State {
    var updated: Int64
    var open = OpenInquiries()
    var message: String?
    var result: ToolResult?
    var isCancelled = false
  }

  let run: RunID
  let cancellation = Cancellation()
  private let capabilities: ClientCapabilities
  private let created: Int64
  private let time: any TimeSource
  private let changed: @Sendable (FlowTask) -> Void
  private let state: Lock<State>

  /// - Parameter changed: its status is another. From any thread; must not block.
  init(
    run: RunID, capabilities: ClientCapabilities, time: any TimeSource,
    changed: @escaping @Sendable (FlowTask) -> Void
  ) {
    self.run = run
    self.capabilities = capabilities
    self.time = time
    self.changed = changed
    created = time.wallClock()
    state = Lock(State(updated: created))
  }

  var isOver: Bool { state.withLock { $0.result != nil } }

  func isExpired(at now: Int64) -> Bool {
    state.withLock { $0.result != nil && now - $0.updated > Self.ttlMilliseconds * 1_000_000 }
  }

  // MARK: The run's side

  func ask(
    _ inquiries: [Inquiry], until over: Cancellation, reply: @escaping @Sendable ([InquiryAnswer]) -> Void
  ) -> CallStatus {
    guard inquiries.allSatisfy(capabilities.allows) else { return .unsupported }
    guard inquiries.allSatisfy(\.isWellFormed) else { return .argument }
    var number = 0
    change { number = $0.open.add(inquiries, reply: reply) }
    _ = over.addHandler { [self, number] in change { $0.open.remove(number) } }
    return .ok
  }

  func note(_ message: String) {
    state.withLock { state in
      state.message = message
      state.updated = time.wallClock()
    }
  }

  func finish(_ result: ToolResult, isCancelled: Bool) {
    change { state in
      state.open.removeAll()
      state.result = result
      state.isCancelled = isCancelled
    }
  }

  private func change(_ body: (inout State) -> Void) {
    state.withLock { state in
      body(&state)
      state.updated = time.wallClock()
    }
    changed(self)
  }

  // MARK: The client's side

  func update(_ responses: JSONView?) throws(ProtocolError) {
    var replies: [@Sendable () -> Void] = []
    var fault: ProtocolError?
    change { state in
      do throws(ProtocolError) { replies = try state.open.take(responses) } catch { fault = error }
    }
    if let fault { throw fault }
    for reply in replies { reply() }
  }

  /// Writes members: what the task is, and with `details` what it has come to.
  func write(to writer: inout JSONWriter, for revision: Revision, details: Bool) {
    let state = state.withLock { $0 }
    let status: Status =
      if state.result != nil {
        state.isCancelled ? .cancelled : .completed
      } else {
        state.open.isEmpty ? .working : .inputRequired
      }
    writer.taskFields(
      run, status, created: created, updated: state.updated, ttlMilliseconds: Self.ttlMilliseconds,
      message: state.result == nil ? state.message : nil)
    writer.field("pollIntervalMs", Self.pollMilliseconds)
    guard details else { return }
    if status == .inputRequired {
      writer.key("inputRequests")
      writer.beginObject()
      state.open.write(to: &writer, for: revision)
      writer.endObject()
    } else if status == .completed, let result = state.result {
      writer.taskResult(result, for: revision)
    }
  }
}

extension JSONWriter {
  /// - Parameter ttlMilliseconds: nil: for as long as the journal has it.
  mutating func taskFields(
    _ run: RunID, _ status: FlowTask.Status, created: Int64, updated: Int64, ttlMilliseconds: Int64?,
    message: String? = nil
  ) {
    field("taskId", run.description)
    field("status", status.rawValue)
    if let message { field("statusMessage", message) }
    field("createdAt", timestamp(created))
    field("lastUpdatedAt", timestamp(updated))
    key("ttlMs")
    if let ttlMilliseconds { int(ttlMilliseconds) } else { null() }
  }

  mutating func taskResult(_ result: ToolResult, for revision: Revision) {
    key("result")
    beginObject()
    result.write(to: &self, for: revision)
    endObject()
  }
}

private func timestamp(_ nanoseconds: Int64) -> String {
  var bytes: [UInt8] = []
  appendTimestamp(nanoseconds, to: &bytes)
  return String(decoding: bytes, as: UTF8.self)
}
