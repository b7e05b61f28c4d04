import JSONCodec
import JSONRPC
import Locking
import Telemetry
import ToolContracts

extension Connection {
  /// Answers a line, or finds out that the answer takes its time.
  ///
  /// - Returns: a request that was admitted and is to be worked on now.
  func accept(_ frame: LineFramer.Frame) -> OpenRequest? {
    let line: [UInt8]
    switch frame {
    case .line(let bytes): line = bytes
    case .tooLong(let id):
      reject(.tooLong(id: id, maxBytes: server.limits.maxFrameBytes))
      return nil
    }
    do {
      switch try Message(parsing: line, limits: JSONLimits(maxBytes: server.limits.maxFrameBytes)) {
      case .request(let request): return accept(request)
      case .notification(let notification): accept(notification)
      case .response(let response):
        if !questions.take(response) { server.metrics.strayResponses.add() }
      }
    } catch {
      reject(error)
    }
    return nil
  }

  private func reject(_ rejection: Rejection) {
    server.metrics.rejected.add()
    writer.enqueue(Outgoing.error(rejection.id, rejection.code, rejection.message))
  }

  private func accept(_ request: Message.Request) -> OpenRequest? {
    server.metrics.requests.add()
    do throws(ProtocolError) {
      if open.contains(request.id) { throw .idInUse }
      guard let method = Method(rawValue: request.method), method.isOffered(by: server.offer) else {
        throw .methodNotFound(request.method)
      }
      let meta = try RequestMeta(of: request.params)
      let answer = Answer(id: request.id, revision: try revision(for: method, meta), server: server.info)
      if method.isOfTasks, !meta.capabilities.tasks { throw TaskExtension.missing }
      if let work = try work(method, request.params) {
        let listener = notifier(answer, meta).map(RequestListener.init)
        if case .call(let call) = work { return try accept(call, request.params, answer, meta, listener) }
        return try admit(OpenRequest(answer, work, listener: listener))
      }
      if let frame = try answerAtOnce(method, request.params, answer, meta) { writer.enqueue(frame) }
    } catch {
      writer.enqueue(Outgoing.error(request.id, error.code, error.message, data: error.data))
    }
    return nil
  }

  /// The revision by which a request is served: its own word, else the handshake's.
  private func revision(for method: Method, _ meta: RequestMeta) throws(ProtocolError) -> Revision {
    if let revision = meta.revision {
      guard method.isPart(of: revision) else { throw .notPart(method, of: revision) }
      return revision
    }
    let agreed = session.withLock { $0?.revision }
    switch method {
    // Part of the handshake, or of what may come before it.
    case .initialize, .ping: return agreed ?? .newestWithHandshake
    case .discover: throw .invalidParams("server/discover needs a _meta that names the protocol version")
    default:
      guard let agreed else {
        throw .invalidParams("first send initialize, or name the protocol version in _meta")
      }
      guard method.isPart(of: agreed) else { throw .notPart(method, of: agreed) }
      return agreed
    }
  }

  private func notifier(_ answer: Answer, _ meta: RequestMeta) -> RequestNotifier? {
    let threshold = answer.revision.isStateless ? meta.threshold : session.withLock { $0?.threshold }
    return RequestNotifier(
      token: meta.progressToken, threshold: threshold, revision: answer.revision, writer: writer)
  }

  /// - Returns: nil for a method that is answered at once.
  private func work(_ method: Method, _ params: JSONView?) throws(ProtocolError) -> OpenRequest.Work? {
    switch method {
    case .callTool: return .call(try ToolCall(params))
    case .listResources: return .listResources(params)
    case .readResource: return .readResource(uri: try Self.uri(params))
    case .complete: return .complete(try Completion(params))
    case .getTask:
      let run = try Self.taskID(params)
      return .task(run, tasks[run])
    default: return nil
    }
  }

  /// - Returns: nil for a request whose answer is the end of a stream.
  private func answerAtOnce(
    _ method: Method, _ params: JSONView?, _ answer: Answer, _ meta: RequestMeta
  ) throws(ProtocolError) -> [UInt8]? {
    switch method {
    case .initialize: return try initialize(params, answer)
    case .discover: return answer.discovery(server.offer)
    case .listTools: return try server.listTools(params, answer)
    case .listResourceTemplates: return try server.listResourceTemplates(params, answer)
    case .listPrompts: return try server.listPrompts(params, answer)
    case .getPrompt:
      let asker =
        meta.capabilities.forms ? PromptAsker(states: parked.states, principal: server.principal) : nil
      return try server.getPrompt(params, answer, asker: asker)
    case .setLevel: try setLevel(params)
    case .subscribe: try subscribe(try Self.uri(params))
    case .unsubscribe:
      let uri = try Self.uri(params)
      session.withLock { _ = $0?.subscriptions.remove(uri) }
    case .listen:
      try listen(params, answer, meta)
      return nil
    case .updateTask: return try updateTask(params, answer)
    case .cancelTask: return try cancelTask(params, answer)
    case .ping, .callTool, .listResources, .readResource, .complete, .getTask: break
    }
    return answer.result { _ in }
  }

  func admit(_ request: OpenRequest) throws(ProtocolError) -> OpenRequest? {
    open.open(request.answer.id, request.cancellation)
    switch requests.admit(request) {
    case .run: return request
    case .wait: return nil
    case .refused:
      server.metrics.refusedCalls.add()
      if case .parked(let call) = request.asker { parked.forget(call) }
      _ = open.close(request.answer.id, request.cancellation)
      writer.enqueue(request.refusal)
      return nil
    }
  }

  private func accept(_ notification: Message.Notification) {
    switch notification.method {
    case "notifications/initialized": session.withLock { $0?.isReady = true }
    case "notifications/cancelled":
      guard let id = notification.params?["requestId"].flatMap({ RequestID($0) }), open.cancel(id) else {
        return
      }
      server.metrics.cancelled.add()
    // Others, known and unknown, ask nothing of this server.
    default: break
    }
  }

  private static func uri(_ params: JSONView?) throws(ProtocolError) -> String {
    guard let uri = params?["uri"]?.string else { throw .invalidParams("uri must be a string") }
    return uri
  }
}
