import JSONCodec
import JSONRPC
import Locking
import Telemetry
import ToolContracts

// What a server wants to know of a person. It is put to whoever the call runs for.
extension ServerSession {
  /// A server may ask about one call so often.
  private static let maxQuestions = 16

  // MARK: Of a server that asks by answering

  /// - Returns: false for an answer to nothing that could be asked about.
  func askPeople(_ result: JSONView, about id: RequestID) -> Bool {
    let call = state.withLock { state -> OpenCall? in
      guard case .call(var call) = state.pending[id] else { return nil }
      state.pending[id] = nil
      state.requests[call.handle] = nil
      call.questions += 1
      state.asking[call.handle] = call
      return call
    }
    guard let call else { return false }
    let requests = result["inputRequests"].map { Array($0.members) } ?? []
    let inquiries = requests.compactMap { request in
      request.value["method"]?.string == "elicitation/create"
        ? Inquiry(elicitation: request.value["params"]) : nil
    }
    guard inquiries.count == requests.count, call.questions <= Self.maxQuestions else {
      settleAsked(call, .failure(.unsupported, "the tool asks for what is not offered to it"))
      return true
    }
    let requestState = result["requestState"]?.string
    let tell: @Sendable ([InquiryAnswer]) -> Void = { [self] answers in
      goOn(call, requestState, Array(zip(requests.map(\.key), zip(inquiries, answers))))
    }
    // A state alone asks for nothing but to come back.
    let status = inquiries.isEmpty ? .ok : call.receiver.ask(call.handle, inquiries, reply: tell)
    if inquiries.isEmpty { tell([]) }
    if status != .ok { tell(inquiries.map { _ in .dismissed }) }
    return true
  }

  private func goOn(
    _ call: OpenCall, _ requestState: String?, _ answered: [(String, (Inquiry, InquiryAnswer))]
  ) {
    // Given up meanwhile: whoever did that has answered.
    guard state.withLock({ $0.asking.removeValue(forKey: call.handle) }) != nil else { return }
    let isSent = send(call) { params in
      if !answered.isEmpty {
        params.key("inputResponses")
        params.beginObject()
        for (key, (inquiry, answer)) in answered {
          params.key(key)
          inquiry.write(answer, to: &params)
        }
        params.endObject()
      }
      if let requestState { params.field("requestState", requestState) }
    }
    if !isSent { call.complete(.failure(.busy, "the server is behind with its calls; try again later")) }
  }

  private func settleAsked(_ call: OpenCall, _ answer: CallAnswer) {
    guard state.withLock({ $0.asking.removeValue(forKey: call.handle) }) != nil else { return }
    call.complete(answer)
  }

  // MARK: Of a server that sends requests

  /// The older revisions do not say which call a question is about. All calls of a host are one principal's, so the one
  /// that is open longest is as good as any.
  func askPeople(_ request: Message.Request) {
    guard let inquiry = Inquiry(elicitation: request.params) else {
      return reply(Outgoing.error(request.id, .invalidParams, "this is no question to a person"))
    }
    let open = state.withLock { state -> OpenCall? in
      let calls = state.pending.compactMap { id, pending in
        if case .call(let call) = pending { (id: id, call: call) } else { nil }
      }
      guard let oldest = calls.min(by: { $0.call.order < $1.call.order }) else { return nil }
      var call = oldest.call
      call.questions += 1
      state.pending[oldest.id] = .call(call)
      return call
    }
    guard let open, open.questions <= Self.maxQuestions else {
      counts.declinedRequests.add()
      return reply(Outgoing.error(request.id, .invalidRequest, "there is no call that this could be about"))
    }
    let answer: @Sendable (InquiryAnswer) -> Void = { [self] answer in
      reply(Outgoing.result(request.id) { inquiry.write(answer, to: &$0) })
    }
    let status = open.receiver.ask(open.handle, [inquiry]) { answer($0[0]) }
    if status != .ok { answer(.dismissed) }
  }

  private func reply(_ frame: [UInt8]) {
    state.withLock { $0.writer }?.send(frame, isDroppable: true)
  }
}
