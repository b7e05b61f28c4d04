import JSONCodec
import JSONRPC
import Locking
import ToolContracts

extension Connection {
  /// A call: a new one, or one that goes on with the answers to its questions.
  ///
  /// - Returns: a request that was admitted and is to be worked on now.
  func accept(
    _ call: ToolCall, _ params: JSONView?, _ answer: Answer, _ meta: RequestMeta, _ listener: RequestListener?
  ) throws(ProtocolError) -> OpenRequest? {
    let work = OpenRequest.Work.call(call)
    guard answer.revision.isStateless else {
      var request = OpenRequest(answer, work, listener: listener)
      if let capabilities = session.withLock({ $0?.capabilities }), capabilities.canBeAsked {
        request.asker = .session(
          SessionAsker(questions, capabilities: capabilities, revision: answer.revision))
      }
      return try admit(request)
    }
    if meta.capabilities.tasks, case .flow(let flow)? = server.catalog.tool(named: call.name) {
      if let frame = try begin(flow, call, answer, meta) { writer.enqueue(frame) }
      return nil
    }
    if let state = params?["requestState"] {
      guard let state = state.string else { throw .invalidParams("requestState must be a string") }
      try resume(state, params?["inputResponses"], OpenRequest(answer, work, listener: listener), call)
      return nil
    }
    var request = OpenRequest(answer, work, listener: listener)
    guard meta.capabilities.canBeAsked else {
      request.asker = .unaskable(UnaskableClient())
      return try admit(request)
    }
    let started = request
    request.asker = .parked(
      parked.park { number in
        ParkedCall(
          number: number, for: started, binding: binding(of: call), capabilities: meta.capabilities,
          states: parked.states,
          // Not of the connection: that owns the call.
          respond: { [open, writer] in $0.respond($1, open, writer) })
      })
    return try admit(request)
  }

  private func resume(
    _ state: String, _ responses: JSONView?, _ request: OpenRequest, _ call: ToolCall
  ) throws(ProtocolError) {
    guard responses == nil || responses?.kind == .object else {
      throw .invalidParams("inputResponses must be an object")
    }
    let (parkedCall, round) = try parked.find(state, binding: binding(of: call))
    // The same cancellation: whoever takes this request back, takes the call back.
    let continued = OpenRequest(
      request.answer, request.work, listener: request.listener, cancellation: parkedCall.cancellation)
    open.open(continued.answer.id, continued.cancellation)
    do throws(ProtocolError) {
      try parkedCall.resume(with: continued, round: round, responses: responses)
    } catch {
      _ = open.close(continued.answer.id, continued.cancellation)
      throw error
    }
    parked.sweep(parkedCall)
  }

  /// Who asks for what; for a state that comes back.
  private func binding(of call: ToolCall) -> [UInt8] {
    let arguments = call.arguments?.value ?? [:]
    // A number that has no canonical form is kept as it was written.
    let text = (try? arguments.canonical()) ?? arguments.serialized()
    let principal = server.principal
    return [UInt8]("\(principal.tenant)\n\(principal.user.utf8.count) \(principal.user)\n\(call.name)\n".utf8)
      + text
  }
}
