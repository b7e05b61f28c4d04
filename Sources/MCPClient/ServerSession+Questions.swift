import JSONCodec
import JSONRPC
import Locking
import ToolContracts

// What a server of 2026-07-28 wants to know of a person: it asks by answering. It is put to whoever the call runs for.
extension ServerSession {
  /// A server may ask about one call so often.
  static let maxQuestions = 16

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
}
