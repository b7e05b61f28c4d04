import JSONCodec
import JSONRPC
import Locking
import Telemetry
import ToolContracts

/// One life of a server, as a conversation: requests go out from any thread, one thread reads what comes back.
final class ServerSession: Sendable {
  /// Calls that may be open at once; more are answered that it is busy.
  static let maxCalls = 1024
  /// From so many bytes on that the server has not read, it gets no more calls.
  static let highWater = 8 << 20

  enum Pending {
    case question(Question)
    case call(OpenCall)
  }

  struct State {
    var nextID: Int64 = 1
    var pending: [RequestID: Pending] = [:]
    /// Of the open calls.
    var requests: [CallHandle: RequestID] = [:]
    /// Calls whose server waits for what a person says.
    var asking: [CallHandle: OpenCall] = [:]
    /// By the server's ids, what it waits to hear from a person.
    var inquiries: [RequestID: ServerInquiry] = [:]
    var era = Era.modern
    /// Nil: the conversation is over.
    var writer: FrameWriter?
  }

  let state: Lock<State>
  let counts: ClientCounts
  let client: ClientIdentity
  private let listChanged: @Sendable () -> Void
  private let lost: @Sendable () -> Void

  /// - Parameters:
  ///   - input: what the server reads; the caller's, and open until `end` has returned.
  ///   - listChanged: the server says that it has other tools. On the reading thread; must not block.
  ///   - lost: nothing more will come. Called once, from any thread; must not block.
  init(
    writingTo input: Int32, as client: ClientIdentity, counts: ClientCounts,
    listChanged: @escaping @Sendable () -> Void = {},
    lost: @escaping @Sendable () -> Void = {}
  ) {
    state = Lock(State(writer: FrameWriter(input, highWater: ServerSession.highWater)))
    self.client = client
    self.counts = counts
    self.listChanged = listChanged
    self.lost = lost
  }

  var isOver: Bool { state.withLock { $0.writer == nil } }
  var era: Era { state.withLock { $0.era } }
  func agree(on era: Era) { state.withLock { $0.era = era } }

  /// Reads on this thread until the server's output ends or cannot be read.
  func read(from output: Int32, maxBytes: Int = LineFramer.defaultMaxBytes) {
    let reader = FrameReader(output, maxBytes: maxBytes)
    while true {
      switch reader.read() {
      case .frames(let frames, let ended):
        for frame in frames { receive(frame) }
        if ended { return end() }
      case .interrupted: continue
      case .failed: return end()
      }
    }
  }

  /// Answers everything that is open, and lets go of the server's input.
  func end() {
    var pending: [Pending] = []
    var inquiries: [ServerInquiry] = []
    let writer = state.withLock { state -> FrameWriter? in
      pending = state.pending.values + state.asking.values.map(Pending.call)
      inquiries = Array(state.inquiries.values)
      state.inquiries = [:]
      state.pending = [:]
      state.asking = [:]
      state.requests = [:]
      return state.writer.take()
    }
    guard let writer else { return }
    _ = writer.close(withinNanoseconds: 0)
    for inquiry in inquiries {
      inquiry.put?.cancel()
      inquiry.over.cancel()
    }
    for pending in pending {
      switch pending {
      case .question(let question): question.settle(.lost)
      case .call(let call): call.complete(.failure(.io, "the server ended before it had answered"))
      }
    }
    lost()
  }

  // MARK: Out

  /// - Parameter writeParams: writes members of the parameters.
  func ask(_ method: String, _ writeParams: (inout JSONWriter) -> Void = { _ in }) -> Question {
    let question = Question()
    let opened = state.withLock { state -> (RequestID, FrameWriter, Era)? in
      guard let writer = state.writer else { return nil }
      let id = state.makeID()
      state.pending[id] = .question(question)
      return (id, writer, state.era)
    }
    guard let (id, writer, era) = opened else {
      question.settle(.lost)
      return question
    }
    writer.send(
      Outgoing.request(id, method) { params in
        params.beginObject()
        writeParams(&params)
        RequestMeta(era: era, client: client).write(to: &params)
        params.endObject()
      })
    return question
  }

  func notify(_ method: String, _ writeParams: (inout JSONWriter) -> Void = { _ in }) {
    guard let writer = state.withLock({ $0.writer }) else { return }
    let frame = Outgoing.notification(method) { params in
      params.beginObject()
      writeParams(&params)
      params.endObject()
    }
    writer.send(frame, isDroppable: true)
  }

  // MARK: In

  private func receive(_ frame: LineFramer.Frame) {
    switch frame {
    case .tooLong(let id):
      counts.strayLines.add()
      if let id { reject(id, .failure(.limit, "the server's answer is too long")) }
    case .line(let line):
      do throws(Rejection) {
        receive(try Message(parsing: line))
      } catch {
        counts.strayLines.add()
        if let id = error.id { reject(id, .failure(.internal, "the server's answer cannot be read")) }
      }
    }
  }

  private func receive(_ message: Message) {
    switch message {
    case .response(let response): settle(response)
    case .request(let request): accept(request)
    case .notification(let notification):
      switch notification.method {
      case "notifications/progress": progress(notification.params)
      case "notifications/cancelled":
        if let id = notification.params?["requestId"].flatMap({ RequestID($0) }) { withdraw(id) }
      case "notifications/tools/list_changed":
        counts.listChanges.add()
        listChanged()
      default: break
      }
    }
  }

  private func take(_ id: RequestID) -> Pending? {
    let pending = state.withLock { state -> Pending? in
      guard let pending = state.pending.removeValue(forKey: id) else { return nil }
      if case .call(let call) = pending { state.requests[call.handle] = nil }
      return pending
    }
    if pending == nil { counts.unknownAnswers.add() }
    if case .call(let call) = pending { stopAsking(about: call.handle) }
    return pending
  }

  private func settle(_ response: Message.Response) {
    guard let id = response.id else { return }
    if case .result(let result) = response.outcome, result["resultType"]?.string == "input_required",
      askPeople(result, about: id)
    {
      return
    }
    guard let pending = take(id) else { return }
    switch (pending, response.outcome) {
    case (.question(let question), .result(let result)): question.settle(.result(result))
    case (.question(let question), .error(let error)): question.settle(.error(error))
    case (.call(let call), .result(let result)): call.complete(CallAnswer(result: result))
    case (.call(let call), .error(let error)): call.complete(CallAnswer(error: error))
    }
  }

  /// Something with the id of an open request came, and is no answer to it.
  private func reject(_ id: RequestID, _ answer: CallAnswer) {
    switch take(id) {
    case .question(let question): question.settle(.unreadable)
    case .call(let call): call.complete(answer)
    case nil: break
    }
  }

  /// No model is lent and no folder shown: neither was offered to the server.
  private func accept(_ request: Message.Request) {
    if request.method == "elicitation/create" { return askPeople(request) }
    let (era, current) = state.withLock { ($0.era, $0.writer) }
    guard let writer = current else { return }
    if request.method == "ping" {
      let answer = Outgoing.result(request.id) { result in
        result.beginObject()
        // Its server has no business to ask, but wants to know whether somebody is there.
        if era == .modern { result.field("resultType", "complete") }
        result.endObject()
      }
      return writer.send(answer, isDroppable: true)
    }
    counts.declinedRequests.add()
    writer.send(
      Outgoing.error(request.id, .methodNotFound, "\(request.method) is not offered by this client"),
      isDroppable: true)
  }

  private func progress(_ params: JSONView?) {
    guard let token = params?["progressToken"].flatMap({ RequestID($0) }),
      let done = params?["progress"]?.double,
      case .call(let call) = state.withLock({ $0.pending[token] })
    else { return counts.unknownProgress.add() }
    let total = params?["total"]?.double ?? 0
    let note = String((params?["message"]?.string ?? "").unicodeScalars.prefix(1024))
    _ = call.receiver.progress(call.handle, CallProgress(done: done, total: total, note: note))
  }
}

extension ServerSession.State {
  mutating func makeID() -> RequestID {
    defer { nextID += 1 }
    return RequestID(nextID)
  }
}

extension CallReceiver {
  func complete(_ call: CallHandle, _ answer: CallAnswer) {
    _ = answer.payload.withUnsafeBytes { complete(call, status: answer.status, payload: $0) }
  }
}
