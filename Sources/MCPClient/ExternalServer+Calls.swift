import Locking
import ToolContracts

/// A call of a server that has not finished its first start.
struct EarlyCall: Sendable {
  let call: OpenCall
  let digest: String
}

extension ExternalServer {
  private enum Turn {
    case now(ServerSession, digest: String?)
    /// It is kept until the start is over, or nobody waits for it any more.
    case later
    case never(CallStatus, String)
  }

  /// - Parameter digest: of the description that was approved: if it is not that any more, nothing is called.
  func call(
    _ call: CallHandle, tool: String, digest: String, arguments: UnsafeRawBufferPointer,
    receiver: any CallReceiver
  ) -> CallStatus {
    let turn = state.withLock { state -> Turn in
      switch state.phase {
      case .up(let session): return .now(session, digest: state.digests[tool])
      case .starting:
        guard state.early.count < ServerSession.maxCalls else {
          return .never(.busy, "too many calls wait for the MCP server \(name) to start; try again later")
        }
        let open = OpenCall(handle: call, receiver: receiver, tool: tool, arguments: arguments)
        state.early.append(EarlyCall(call: open, digest: digest))
        return .later
      case .down, .over:
        return .never(
          .unavailable, "the MCP server \(name) is not running; it is being started, try again later")
      }
    }
    switch turn {
    case .now(_, nil):
      return receiver.refuse(call, .notFound, "the MCP server \(name) does not have this tool any more")
    case .now(let session, digest):
      return session.call(call, tool: tool, arguments: arguments, receiver: receiver)
    case .now: return receiver.refuse(call, .denied, "its description is not the one that was approved")
    case .later:
      // Given up in between: whoever did that found nothing here to cancel.
      if receiver.remainingNanoseconds(call) <= 0 { cancel(call) }
      return .pending
    case .never(let status, let message): return receiver.refuse(call, status, message)
    }
  }

  func cancel(_ call: CallHandle) {
    let (early, session) = state.withLock { state in
      let index = state.early.firstIndex { $0.call.handle == call }
      return (index.map { state.early.remove(at: $0) }, state.session)
    }
    if let early { return early.call.complete(.failure(.cancelled, "cancelled")) }
    session?.cancel(call)
  }

  /// Changes what can be done with it, and lets those know who waited for that.
  func enter(_ phase: Phase) {
    state.withLock { $0.phase = phase }
    phaseHasChanged()
  }

  func phaseHasChanged() {
    let early = state.withLock { state in
      if case .starting = state.phase { return [EarlyCall]() }
      defer { state.early = [] }
      return state.early
    }
    state.broadcast()
    for early in early {
      let open = early.call
      open.arguments.withUnsafeBytes {
        // What comes of it, the receiver is told either way.
        _ = call(open.handle, tool: open.tool, digest: early.digest, arguments: $0, receiver: open.receiver)
      }
    }
  }
}
