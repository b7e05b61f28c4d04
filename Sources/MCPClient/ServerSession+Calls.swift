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
    let open = OpenCall(handle: call, receiver: receiver, tool: tool, arguments: arguments)
    guard send(open) else {
      return receiver.refuse(call, .busy, "the server is behind with its calls; try again later")
    }
    return .pending
  }

  /// - Parameter writeAnswers: writes members of the parameters, of a call that goes on.
  /// - Returns: false where the server does not keep up.
  func send(_ call: OpenCall, _ writeAnswers: (inout JSONWriter) -> Void = { _ in }) -> Bool {
    let opened = state.withLock { state -> (RequestID, Era, FrameWriter)? in
      guard let writer = state.writer, state.requests.count < Self.maxCalls, !writer.isCongested else {
        return nil
      }
      var call = call
      call.order = state.nextID
      let id = state.makeID()
      state.pending[id] = .call(call)
      state.requests[call.handle] = id
      return (id, state.era, writer)
    }
    guard let (id, era, writer) = opened else { return false }
    let mayAsk = call.receiver.hasAsker(call.handle)
    writer.send(
      Outgoing.request(id, "tools/call") { params in
        params.beginObject()
        params.field("name", call.tool)
        params.field("arguments", raw: call.arguments)
        writeAnswers(&params)
        RequestMeta(era: era, client: client, progressToken: id, mayAsk: mayAsk).write(to: &params)
        params.endObject()
      })
    // It does not read any more, so nothing will ever be answered.
    if writer.failure != nil { end() }
    // Given up in between: whoever did that found nothing here to cancel.
    if call.receiver.remainingNanoseconds(call.handle) <= 0 { cancel(call.handle) }
    return true
  }

  /// Nobody waits for this call any more. Its answer, if there ever is one, is counted and forgotten.
  func cancel(_ call: CallHandle) {
    let cancelled = state.withLock { state -> (RequestID?, OpenCall)? in
      if let asking = state.asking.removeValue(forKey: call) { return (nil, asking) }
      guard let id = state.requests.removeValue(forKey: call),
        case .call(let open) = state.pending.removeValue(forKey: id)
      else { return nil }
      return (id, open)
    }
    guard let (id, open) = cancelled else { return }
    // While it is asked, the server has no request open that could be cancelled.
    if let id {
      notify("notifications/cancelled") { params in
        params.key("requestId")
        id.write(to: &params)
        params.field("reason", "nobody waits for the answer any more")
      }
    }
    stopAsking(about: call)
    open.complete(.failure(.cancelled, "cancelled"))
  }
}

extension CallReceiver {
  /// From within `invoke`.
  func refuse(_ call: CallHandle, _ status: CallStatus, _ message: String) -> CallStatus {
    complete(call, .failure(status, message))
    return status
  }
}
