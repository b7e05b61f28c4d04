import JSONCodec
import JSONRPC
import Locking
import ToolContracts

extension ServerSession {
  /// Sends one call, if the server keeps up, and returns without waiting for it.
  ///
  /// - Returns: `.pending`, where the receiver is told later; else it has been told already.
  func call(
    _ call: CallHandle, tool: String, arguments: UnsafeRawBufferPointer, receiver: any CallReceiver
  ) -> CallStatus {
    let opened = state.withLock { state -> (RequestID, Era, FrameWriter)? in
      guard let writer = state.writer, state.requests.count < Self.maxCalls, !writer.isCongested else {
        return nil
      }
      let id = state.makeID()
      state.pending[id] = .call(call, receiver)
      state.requests[call] = id
      return (id, state.era, writer)
    }
    guard let (id, era, writer) = opened else {
      return receiver.refuse(call, .busy, "the server is behind with its calls; try again later")
    }
    writer.send(
      Outgoing.request(id, "tools/call") { params in
        params.beginObject()
        params.field("name", tool)
        params.field("arguments", raw: arguments)
        RequestMeta(era: era, client: client, progressToken: id).write(to: &params)
        params.endObject()
      })
    // It does not read any more, so nothing will ever be answered.
    if writer.failure != nil { end() }
    // Given up in between: whoever did that found nothing here to cancel.
    if receiver.remainingNanoseconds(call) <= 0 { cancel(call) }
    return .pending
  }

  /// Nobody waits for this call any more. Its answer, if there ever is one, is counted and forgotten.
  func cancel(_ call: CallHandle) {
    let cancelled = state.withLock { state -> (RequestID, any CallReceiver)? in
      guard let id = state.requests.removeValue(forKey: call),
        case .call(_, let receiver) = state.pending.removeValue(forKey: id)
      else { return nil }
      return (id, receiver)
    }
    guard let (id, receiver) = cancelled else { return }
    notify("notifications/cancelled") { params in
      params.key("requestId")
      id.write(to: &params)
      params.field("reason", "nobody waits for the answer any more")
    }
    receiver.complete(call, .failure(.cancelled, "cancelled"))
  }
}

extension CallReceiver {
  /// From within `invoke`.
  func refuse(_ call: CallHandle, _ status: CallStatus, _ message: String) -> CallStatus {
    complete(call, .failure(status, message))
    return status
  }
}
