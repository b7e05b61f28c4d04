import FlowEngine
import JSONCodec
import JSONRPC
import Storage
import Telemetry
import ToolContracts

extension MCPServer {
  /// - Parameter task: nil where it is not of this connection: then its run's journal is asked.
  func readTask(_ run: RunID, _ task: FlowTask?, _ answer: Answer) async throws(ProtocolError) -> [UInt8] {
    if let task {
      return answer.result(reserving: 1024) { task.write(to: &$0, for: answer.revision, details: true) }
    }
    guard let recorded = try await recordedTask(run) else { throw .unknownTask }
    return answer.result(reserving: 1024) { recorded.write(to: &$0, for: answer.revision) }
  }

  private func recordedTask(_ run: RunID) async throws(ProtocolError) -> RecordedTask? {
    guard let journal else { return nil }
    do {
      let task = RecordedTask(run, try await journal.events(of: run, tenant: principal.tenant))
      guard task?.status == .working, !flows.isGoingOn(run) else { return task }
      // Unless it has ended meanwhile, whoever worked on it is gone.
      return RecordedTask(
        run, try await journal.events(of: run, tenant: principal.tenant), isGoingOn: false)
    } catch {
      log.error("a task's run cannot be read", ["run": "\(run)", "reason": "\(error)"])
      throw ProtocolError(.internalError, "the journal cannot be read")
    }
  }
}

/// A task that this process does not run, as far as the journal knows it.
struct RecordedTask {
  let run: RunID
  let started: Int64
  let updated: Int64
  let status: FlowTask.Status
  let message: String?
  let result: ToolResult?

  /// - Returns: nil for events that are not those of a flow.
  init?(_ run: RunID, _ events: [JournalEvent], isGoingOn: Bool = true) {
    guard let first = events.first, let last = events.last, first.kind == .runStarted else { return nil }
    self.run = run
    started = first.time
    updated = last.time
    let end = [.runFinished, .runFailed].contains(last.kind) ? (try? JSONValue(parsing: last.data)) : nil
    guard let end, let outcome = FlowOutcome(recorded: end) else {
      (status, result) = (isGoingOn ? .working : .failed, nil)
      message =
        isGoingOn
        ? "another process works on the run"
        : "nobody works on the run any more, and it has not ended: see jackfield run show \(run)"
      return
    }
    status = outcome.status == .cancelled ? .cancelled : .completed
    let start = try? JSONDocument(parsing: first.data).root
    result = FlowCall.result(
      of: run, outcome, in: start?["conversation"]?.string.flatMap { ConversationID($0) })
    message = nil
  }

  func write(to writer: inout JSONWriter, for revision: Revision) {
    writer.taskFields(
      run, status, created: started, updated: updated, ttlMilliseconds: nil, message: message)
    if status == .completed, let result { writer.taskResult(result, for: revision) }
    guard status == .failed, let message else { return }
    writer.key("error")
    writer.beginObject()
    writer.field("code", ErrorCode.internalError.rawValue)
    writer.field("message", message)
    writer.endObject()
  }
}

extension FlowOutcome {
  /// - Parameter data: of the event that ended a run.
  fileprivate init?(recorded data: JSONValue) {
    guard let status = data["outcome"]?.string.flatMap(Status.init) else { return nil }
    let failure = data["error"].map { error in
      InvocationFailure(
        error["code"]?.string.flatMap(InvocationFailure.Code.init) ?? .internal,
        error["message"]?.string ?? "the flow failed")
    }
    self.init(status: status, text: data["text"]?.string ?? "", agent: "", failure: failure)
  }
}
