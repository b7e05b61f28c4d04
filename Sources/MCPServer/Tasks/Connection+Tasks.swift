import FlowEngine
import JSONCodec
import JSONRPC
import Locking
import Storage
import ToolContracts

/// The Tasks extension, for flows: a client that declares it gets a flow's id at once and asks for the rest.
enum TaskExtension {
  static let name = "io.modelcontextprotocol/tasks"

  static let missing = ProtocolError(
    .missingClientCapability, "tasks are for clients that declare the extension \(name)",
    data: ["requiredCapabilities": ["extensions": [.init(name): [:]]]])
}

extension Method {
  var isOfTasks: Bool { [.getTask, .updateTask, .cancelTask].contains(self) }
}

extension ClientCapabilities {
  var tasks: Bool { extensions.contains(TaskExtension.name) }
}

extension Connection {
  /// Begins a flow as a task.
  ///
  /// - Returns: the answer that names it; nil where it comes once the run is on record, since from then on it can be
  ///   asked for.
  func begin(
    _ flow: FlowDefinition, _ call: ToolCall, _ answer: Answer, _ meta: RequestMeta
  ) throws(ProtocolError) -> [UInt8]? {
    let question: FlowQuestion
    do { question = try FlowQuestion(call.arguments) } catch {
      let result = ToolResult(hasOutputSchema: true, failure: error)
      return answer.result { result.write(to: &$0, for: answer.revision) }
    }
    let run = server.identifiers.makeRunID()
    let task = FlowTask(
      run: run, capabilities: meta.capabilities, time: server.time,
      changed: { [streams, writer] task in
        streams.tell(task)
        writer.flush()
      })
    guard tasks.add(task, now: server.time.wallClock()) else {
      let result = ToolResult(
        failure: InvocationFailure(
          .rateLimited, "too many tasks are running on this connection", retryAfterMilliseconds: 1000))
      return answer.result { result.write(to: &$0, for: answer.revision) }
    }
    let cancellation = Cancellation()
    open.open(answer.id, cancellation)
    // Who takes the request back before it has a task, takes the flow back.
    _ = cancellation.addHandler { task.cancellation.cancel() }
    let told = Once { [open, writer] in
      guard open.close(answer.id, cancellation) else { return }
      writer.send(
        answer.result("task") { task.write(to: &$0, for: answer.revision, details: false) })
    }
    let request = FlowRequest(
      flow: flow.name, input: question.input, principal: server.principal, run: run,
      cancellation: task.cancellation,
      observer: TaskReporter(task: task, isOnRecord: told.run), asker: task)
    Task(executorPreference: server.lanes) { [server] in
      let (result, isCancelled) = await server.answer(question, request)
      told.run()
      task.finish(result, isCancelled: isCancelled)
    }
    return nil
  }

  // MARK: Asking for it

  func updateTask(_ params: JSONView?, _ answer: Answer) throws(ProtocolError) -> [UInt8] {
    let responses = params?["inputResponses"]
    guard responses == nil || responses?.kind == .object else {
      throw .invalidParams("inputResponses must be an object")
    }
    guard let task = tasks[try Self.taskID(params)] else { throw .unknownTask }
    try task.update(responses)
    return answer.result { _ in }
  }

  func cancelTask(_ params: JSONView?, _ answer: Answer) throws(ProtocolError) -> [UInt8] {
    guard let task = tasks[try Self.taskID(params)] else { throw .unknownTask }
    task.cancellation.cancel()
    return answer.result { _ in }
  }

  static func taskID(_ params: JSONView?) throws(ProtocolError) -> RunID {
    guard let text = params?["taskId"]?.string else { throw .invalidParams("taskId must be a string") }
    guard let run = RunID(text) else { throw .unknownTask }
    return run
  }
}

extension ProtocolError {
  static let unknownTask = ProtocolError.invalidParams("there is no such task")
}

/// What happens in a run, as the message of its task. The first thing that happens, happens on record.
private struct TaskReporter: FlowObserver {
  let task: FlowTask
  let isOnRecord: @Sendable () -> Void

  func observed(_ event: FlowEvent) {
    // Afterwards: who is told of the task can ask for its message.
    defer { isOnRecord() }
    switch event {
    case .agentStarted(let agent): task.note("\(agent) took over")
    case .toolStarted(let tool, let agent, _, _): task.note("\(agent) calls \(tool)")
    case .handedOff(let from, let to): task.note("\(from) handed over to \(to)")
    case .stage(let stage, let progress): task.note("the stage \(stage) \(progress.words)")
    default: break
    }
  }
}

/// Does something the first time it is asked to.
private final class Once: Sendable {
  private let body: Lock<(@Sendable () -> Void)?>
  init(_ body: @escaping @Sendable () -> Void) { self.body = Lock(body) }

  var run: @Sendable () -> Void { { [self] in body.withLock { $0.take() }?() } }
}
