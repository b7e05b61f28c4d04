import JSONCodec
import JSONRPC
import Locking
import ToolContracts

/// A call whose client may be asked something, in the revisions in which a server asks by answering: a question ends the
/// request that is open, and the next request, which brings the answers, takes its place. The call itself runs on all the
/// while, so that nothing which it did before it asked is done twice.
final class ParkedCall: InquiryPort {
  /// Answers a request, unless its client took it back.
  typealias Respond = @Sendable (OpenRequest, [UInt8]) -> Void
  /// The call's last answer, in the envelope of whichever request gets it.
  typealias Outcome = @Sendable (Answer) -> [UInt8]

  private struct State {
    /// Waits for an answer; nil while the client has a question.
    var request: OpenRequest?
    /// Counts what was sent to the client; the state that comes back names one.
    var round: UInt64 = 0
    var open = OpenInquiries()
    var outcome: Outcome?
    /// Nobody will ask or answer any more, whether or not the outcome was fetched.
    var isOver = false
  }

  let number: UInt64
  /// What makes a request the same request.
  let binding: [UInt8]
  let cancellation: Cancellation
  let refused = RefusedInquiry()
  private let capabilities: ClientCapabilities
  private let listener: RequestListener?
  private let states: RequestState
  private let respond: Respond
  private let state: Lock<State>

  init(
    number: UInt64, for request: OpenRequest, binding: [UInt8], capabilities: ClientCapabilities,
    states: RequestState, respond: @escaping Respond
  ) {
    self.number = number
    self.binding = binding
    self.capabilities = capabilities
    self.states = states
    self.respond = respond
    cancellation = request.cancellation
    listener = request.listener
    state = Lock(State(request: request))
  }

  // MARK: The call's side

  func ask(
    _ inquiries: [Inquiry], until over: Cancellation, reply: @escaping @Sendable ([InquiryAnswer]) -> Void
  ) -> CallStatus {
    if let inquiry = inquiries.first(where: { !capabilities.allows($0) }) {
      refused.note(inquiry)
      return .unsupported
    }
    guard inquiries.allSatisfy(\.isWellFormed) else { return .argument }
    var asked: (OpenRequest, [UInt8])?
    let number = state.withLock { state in
      let number = state.open.add(inquiries, reply: reply)
      if let request = state.request.take() { asked = (request, question(&state, for: request.answer)) }
      return number
    }
    if let (request, frame) = asked { respond(request, frame) }
    // The client has it already, and is told when it comes back with it.
    _ = over.addHandler { [self] in state.withLock { $0.open.remove(number) } }
    return .ok
  }

  /// The call is over.
  func finish(_ outcome: @escaping Outcome) {
    let request = state.withLock { state -> OpenRequest? in
      state.open.removeAll()
      state.isOver = true
      if let request = state.request.take() { return request }
      state.outcome = outcome
      return nil
    }
    if let request { respond(request, outcome(request.answer)) }
  }

  // MARK: The client's side

  /// Whether it runs, and waits for its client.
  var isUnattended: Bool { state.withLock { $0.request == nil && !$0.isOver } }

  /// Whether nobody has to come back for anything any more.
  var isFetched: Bool { state.withLock { $0.outcome == nil && $0.request == nil && $0.open.isEmpty } }

  /// - Throws: why the request is no continuation of this call; the call goes on waiting.
  func resume(with request: OpenRequest, round: UInt64, responses: JSONView?) throws(ProtocolError) {
    var replies: [@Sendable () -> Void] = []
    var answer: [UInt8]?
    let fault = state.withLock { state -> ProtocolError? in
      guard round == state.round, state.request == nil else {
        return .invalidParams("requestState is not that of the last answer")
      }
      // Over since it was looked up: it must not be waited for.
      if state.isOver, state.outcome == nil { return .alreadyAnswered }
      if let outcome = state.outcome.take() {
        answer = outcome(request.answer)
        return nil
      }
      do throws(ProtocolError) {
        replies = try state.open.take(responses)
      } catch {
        return error
      }
      if state.open.isEmpty {
        state.request = request
      } else {
        // Something is still missing, or was asked meanwhile.
        answer = question(&state, for: request.answer)
      }
      return nil
    }
    if let fault { throw fault }
    // What the call says from now on, it says to the new request.
    if answer == nil, let next = request.listener { listener?.turn(to: next) }
    if let answer { respond(request, answer) }
    for reply in replies { reply() }
  }

  /// With the lock held: what is open, as the result of a request.
  private func question(_ state: inout State, for answer: Answer) -> [UInt8] {
    state.round += 1
    let signed = states.sign([number, state.round], binding: binding)
    let open = state.open
    return answer.inputRequired(state: signed) { open.write(to: &$0, for: answer.revision) }
  }
}

extension JSONWriter {
  mutating func inputRequest(_ key: String, _ inquiry: Inquiry, for revision: Revision) {
    self.key(key)
    beginObject()
    field("method", inquiry.method)
    self.key("params")
    inquiry.writeParameters(to: &self, for: revision, id: key)
    endObject()
  }
}

extension Answer {
  /// - Parameter writeRequests: writes members, each of which is a question.
  func inputRequired(state: String, _ writeRequests: (inout JSONWriter) -> Void) -> [UInt8] {
    result("input_required") { writer in
      writer.key("inputRequests")
      writer.beginObject()
      writeRequests(&writer)
      writer.endObject()
      writer.field("requestState", state)
    }
  }
}
