import JSONCodec
import JSONRPC
import ToolContracts

/// A request that takes its time: checked as a request, not yet worked on.
struct OpenRequest: Sendable {
  enum Work: Sendable {
    case call(ToolCall)
    case listResources(JSONView?)
    case readResource(uri: String)
    case complete(Completion)
  }
  let answer: Answer
  let work: Work
  let cancellation = Cancellation()
  /// Nil where the client wants to hear nothing but the answer.
  let notifier: RequestNotifier?

  init(_ answer: Answer, _ work: Work, notifier: RequestNotifier?) {
    self.answer = answer
    self.work = work
    self.notifier = notifier
  }

  /// The answer where as many requests as may be are open already.
  var refusal: [UInt8] {
    guard case .call = work else {
      return Outgoing.error(answer.id, .internalError, "too many requests are open on this connection")
    }
    let result = ToolResult(
      failure: InvocationFailure(
        .rateLimited, "too many calls are open on this connection", retryAfterMilliseconds: 1000))
    return answer.result { result.write(to: &$0, for: answer.revision) }
  }
}

extension MCPServer {
  /// - Returns: the frame that answers the request.
  func perform(_ request: OpenRequest) async -> [UInt8] {
    do {
      switch request.work {
      case .call(let call):
        let result = try await run(call, of: request)
        return request.answer.result(reserving: 256 + 2 * (result.json?.count ?? 0)) { writer in
          result.write(to: &writer, for: request.answer.revision)
        }
      case .listResources(let params): return try await listResources(params, request.answer)
      case .readResource(let uri): return try await readResource(uri, request.answer)
      case .complete(let completion): return try await complete(completion, request.answer)
      }
    } catch {
      return Outgoing.error(request.answer.id, error.code, error.message, data: error.data)
    }
  }
}
