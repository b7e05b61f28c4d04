import JSONCodec
import JSONRPC
import Locking
import Telemetry
import ToolContracts

// What a server of the older revisions wants to know of a person: it sends a request, while one of ours is open.
extension ServerSession {
  /// These revisions do not say which call it is about. All calls of a session are one principal's, so the person of any
  /// of them will do; the one that is open longest goes first, unless the server names another by its progress token.
  func askPeople(_ request: Message.Request) {
    guard let inquiry = Inquiry(elicitation: request.params) else {
      return refuse(request, .invalidParams, "this is no question to a person")
    }
    let named = request.params?["_meta"]?["progressToken"].flatMap { RequestID($0) }
    let opened = state.withLock { state -> ServerInquiry? in
      guard state.inquiries[request.id] == nil, let first = state.open(named) ?? state.calls.first?.id,
        case .call(var call) = state.pending[first], call.questions < Self.maxQuestions
      else { return nil }
      call.questions += 1
      state.pending[first] = .call(call)
      let others = state.calls.filter { $0.id != first }.map(\.call)
      let opened = ServerInquiry(inquiry: inquiry, calls: [call] + others)
      state.inquiries[request.id] = opened
      return opened
    }
    guard let opened else {
      return refuse(request, .invalidRequest, "there is no call that this could be about")
    }
    for call in opened.calls { call.receiver.holdTime(of: call.handle, until: opened.over) }
    put(request.id)
  }

  /// The call's server owes nothing for it any more, so nobody is asked about it. What others may have asked goes to them.
  func stopAsking(about call: CallHandle) {
    let left = state.withLock { state in
      state.inquiries.compactMap { id, open -> (RequestID, Cancellation)? in
        state.inquiries[id]?.calls.removeAll { $0.handle == call }
        guard open.calls.first?.handle == call, let put = state.inquiries[id]?.put.take() else { return nil }
        return (id, put)
      }
    }
    for (id, put) in left {
      put.cancel()
      self.put(id)
    }
  }

  /// The server takes it back: it gets no answer.
  func withdraw(_ id: RequestID) { _ = close(id) }

  /// Puts it to the person of the first call that has one; where none has, the server is told that nobody decided.
  private func put(_ id: RequestID) {
    while true {
      let put = Cancellation()
      var inquiry: Inquiry?
      let next = state.withLock { state -> OpenCall? in
        guard let open = state.inquiries[id], open.put == nil else { return nil }
        inquiry = open.inquiry
        guard let call = open.calls.first else { return nil }
        state.inquiries[id]?.put = put
        return call
      }
      // Closed, or put to somebody by another thread.
      guard let inquiry else { return }
      guard let call = next else { return answer(id, .dismissed) }
      let status = call.receiver.ask(call.handle, [inquiry], until: put) { [self] answers in
        // An answer of somebody from whom it was taken back is none.
        if !put.isCancelled { answer(id, answers[0]) }
      }
      if status == .ok || !hasNobody(id, after: put, to: call.handle) { return }
    }
  }

  /// - Returns: false where the call ended meanwhile, and whoever ended it sees to the rest.
  private func hasNobody(_ id: RequestID, after put: Cancellation, to call: CallHandle) -> Bool {
    state.withLock { state in
      guard state.inquiries[id]?.put === put else { return false }
      state.inquiries[id]?.put = nil
      state.inquiries[id]?.calls.removeAll { $0.handle == call }
      return true
    }
  }

  private func answer(_ id: RequestID, _ answer: InquiryAnswer) {
    guard let inquiry = close(id), let writer = state.withLock({ $0.writer }) else { return }
    writer.send(Outgoing.result(id) { inquiry.write(answer, to: &$0) })
  }

  /// - Returns: what was asked; nil where it is closed already.
  private func close(_ id: RequestID) -> Inquiry? {
    guard let open = state.withLock({ $0.inquiries.removeValue(forKey: id) }) else { return nil }
    open.put?.cancel()
    open.over.cancel()
    return open.inquiry
  }

  private func refuse(_ request: Message.Request, _ code: ErrorCode, _ message: String) {
    counts.declinedRequests.add()
    state.withLock { $0.writer }?.send(Outgoing.error(request.id, code, message), isDroppable: true)
  }
}

extension ServerSession.State {
  /// The one that is open longest comes first.
  fileprivate var calls: [(id: RequestID, call: OpenCall)] {
    pending.compactMap { id, pending in
      if case .call(let call) = pending { (id, call) } else { nil }
    }.sorted { $0.call.order < $1.call.order }
  }

  fileprivate func open(_ named: RequestID?) -> RequestID? {
    guard let named, case .call = pending[named] else { return nil }
    return named
  }
}
