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
    /// Nil: it is not of this connection.
    case task(RunID, FlowTask?)
  }
  let answer: Answer
  let work: Work
  let cancellation: Cancellation
  /// Nil where the client wants to hear nothing but the answer.
  let listener: RequestListener?
  /// Whom its work may ask.
  var asker = Asker.nobody
  /// Asks in its place, and lets others work meanwhile.
  var lender: LendingAsker?

  var port: (any InquiryPort)? { lender ?? asker.port }

  /// How the client is asked.
  enum Asker: Sendable {
    case nobody
    case unaskable(UnaskableClient)
    case session(SessionAsker)
    case parked(ParkedCall)

    var port: (any InquiryPort)? {
      switch self {
      case .nobody: nil
      case .unaskable(let client): client
      case .session(let asker): asker
      case .parked(let call): call
      }
    }

    /// Nil where nobody will be waited for.
    var lendable: (any InquiryPort)? {
      switch self {
      case .nobody, .unaskable: nil
      case .session(let asker): asker
      case .parked(let call): call
      }
    }

    /// Only the newest revision has an error for it.
    var refused: RefusedInquiry? {
      switch self {
      case .nobody, .session: nil
      case .unaskable(let client): client.refused
      case .parked(let call): call.refused
      }
    }
  }

  init(
    _ answer: Answer, _ work: Work, listener: RequestListener?, cancellation: Cancellation = Cancellation()
  ) {
    self.answer = answer
    self.work = work
    self.listener = listener
    self.cancellation = cancellation
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
  /// - Returns: what answers the request, or the one that took its place meanwhile.
  func perform(_ request: OpenRequest) async -> @Sendable (Answer) -> [UInt8] {
    guard case .call(let call) = request.work else {
      let frame = await answer(request)
      return { _ in frame }
    }
    do throws(ProtocolError) {
      let result = try await run(call, of: request)
      if result.failure != nil, let error = request.asker.refused?.error { throw error }
      return { answer in
        answer.result(reserving: 256 + 2 * (result.json?.count ?? 0)) { writer in
          result.write(to: &writer, for: answer.revision)
        }
      }
    } catch {
      return { Outgoing.error($0.id, error.code, error.message, data: error.data) }
    }
  }

  /// - Returns: the frame that answers a request which is no call.
  private func answer(_ request: OpenRequest) async -> [UInt8] {
    do {
      switch request.work {
      case .listResources(let params): return try await listResources(params, request.answer)
      case .readResource(let uri): return try await readResource(uri, request.answer)
      case .complete(let completion): return try await complete(completion, request.answer)
      case .task(let run, let task): return try await readTask(run, task, request.answer)
      case .call: return Outgoing.error(request.answer.id, .internalError, "a call is no plain request")
      }
    } catch {
      return Outgoing.error(request.answer.id, error.code, error.message, data: error.data)
    }
  }
}
