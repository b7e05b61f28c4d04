import JSONCodec
import JSONRPC
import Locking
import Telemetry
import ToolContracts

extension Connection {
  /// Answers a line, or finds out that it asks for a call.
  ///
  /// - Returns: a call that was admitted and is to be run now.
  func accept(_ frame: LineFramer.Frame) -> ToolCall? {
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
      // This server asks nothing.
      case .response: server.metrics.strayResponses.add()
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

  private func accept(_ request: Message.Request) -> ToolCall? {
    server.metrics.requests.add()
    do throws(ProtocolError) {
      guard let method = Method(rawValue: request.method) else {
        throw ProtocolError.methodNotFound(request.method)
      }
      let meta = try RequestMeta(of: request.params)
      let revision = try revision(for: method, meta)
      let answer = Answer(id: request.id, revision: revision, server: server.info)
      switch method {
      case .initialize: writer.enqueue(try initialize(request.params, answer))
      case .discover: writer.enqueue(answer.discovery())
      case .ping: writer.enqueue(answer.result { _ in })
      case .listTools: writer.enqueue(try server.listTools(request.params, answer))
      case .callTool:
        let progress = meta.progressToken.map {
          ProgressReporter(token: $0, revision: revision, writer: writer)
        }
        return try admit(ToolCall(request.params, answer: answer, progress: progress))
      }
    } catch {
      writer.enqueue(Outgoing.error(request.id, error.code, error.message, data: error.data))
    }
    return nil
  }

  /// The revision by which a request is served: its own word, else the handshake's.
  private func revision(for method: Method, _ meta: RequestMeta) throws(ProtocolError) -> Revision {
    if let revision = meta.revision {
      guard method.isPart(of: revision) else {
        throw ProtocolError(
          .methodNotFound, "\(method.rawValue) is not part of revision \(revision.rawValue)",
          data: ["supported": ProtocolError.supportedVersions])
      }
      return revision
    }
    switch method {
    // Part of the handshake, or of what may come before it.
    case .initialize, .ping: return handshake.withLock { $0?.revision } ?? .newestWithHandshake
    case .discover: throw .invalidParams("server/discover needs a _meta that names the protocol version")
    default:
      guard let revision = handshake.withLock({ $0?.revision }) else {
        throw .invalidParams("first send initialize, or name the protocol version in _meta")
      }
      return revision
    }
  }

  private func initialize(_ params: JSONView?, _ answer: Answer) throws(ProtocolError) -> [UInt8] {
    let agreed = try Handshake(params)
    handshake.withLock { $0 = agreed }
    return answer.handshake(agreed)
  }

  private func admit(_ call: ToolCall) throws(ProtocolError) -> ToolCall? {
    guard open.open(call.answer.id, call.cancellation) else {
      throw ProtocolError(.invalidRequest, "a request with this id is still open")
    }
    switch calls.admit(call) {
    case .run: return call
    case .wait: return nil
    case .refused:
      server.metrics.refusedCalls.add()
      _ = open.close(call.answer.id, call.cancellation)
      writer.enqueue(call.refusal)
      return nil
    }
  }

  private func accept(_ notification: Message.Notification) {
    // Others, known and unknown, ask nothing of this server.
    guard notification.method == "notifications/cancelled" else { return }
    guard let id = notification.params?["requestId"].flatMap({ RequestID($0) }), open.cancel(id) else {
      return
    }
    server.metrics.cancelled.add()
  }
}

extension ToolCall {
  /// The answer where already as many calls wait as may.
  fileprivate var refusal: [UInt8] {
    let result = ToolResult(
      failure: .init(.rateLimited, "too many calls are open on this connection", retryAfterMilliseconds: 1000)
    )
    return answer.result { result.write(to: &$0, for: answer.revision) }
  }
}

extension MCPServer {
  func listTools(_ params: JSONView?, _ answer: Answer) throws(ProtocolError) -> [UInt8] {
    let page = try Page(of: offeredTools(), size: limits.pageSize, params: params, name: \.name)
    return answer.list { writer in
      writer.key("tools")
      writer.beginArray()
      for tool in page.items { tool.write(to: &writer, for: answer.revision) }
      writer.endArray()
      if let cursor = page.nextCursor { writer.field("nextCursor", cursor) }
    }
  }
}
