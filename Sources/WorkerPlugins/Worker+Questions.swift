import CWorkerHosting
import CWorkerWire
import Locking
import PluginFiles
import ToolContracts
import WorkerWire

// What a plugin asks of the host's services while a call of it runs.
extension Worker {
  func asked(
    _ id: UInt64, _ number: UInt64, _ operation: UInt32, _ payload: WirePayload
  ) throws(WireViolation) {
    let (name, question) = try texts(of: payload, id)
    let handle = CallHandle(rawValue: id)
    let service = setting.services[name]
    // Asked before the lock is taken: a call that nobody waits for any more has no time left.
    let info = setting.receiver.info(handle)
    let request = try state.withLock { (state) throws(WireViolation) -> ServiceRequest? in
      var call = try state.openCall(id)
      guard state.questions.count < WIRE_SERVICE_MAX, state.questions[number] == nil else {
        throw WireViolation("a question too many, or the same one twice")
      }
      guard !call.isCancelled, let info, service != nil else {
        let status = call.isCancelled ? call.reason(at: setting.time.now()) : info == nil ? .state : .denied
        answer(number, id, ServiceAnswer(status), &state)
        return nil
      }
      let cancellation = call.cancellation ?? Cancellation()
      call.cancellation = cancellation
      call.questions.insert(number)
      state.calls[id] = call
      state.questions[number] = id
      return ServiceRequest(
        operation: operation, call: handle, info: info, bytes: question, deadline: call.deadline,
        cancellation: cancellation)
    }
    guard let request, let service else { return }
    service.answer(request) { [weak self] given in self?.answered(number, id, given) }
  }

  /// The service's name, and what is asked of it.
  private func texts(of payload: WirePayload, _ id: UInt64) throws(WireViolation) -> (String, [UInt8]) {
    let memory = try state.withLock { (state) throws(WireViolation) in
      try state.takeMemory(of: payload, for: id)
    }
    return try read(payload, memory) { (list) throws(WireViolation) in
      guard let (name, question) = WireTexts.two(in: list), name.count <= 64 else {
        throw WireViolation("a question that is not two texts")
      }
      return (String(decoding: name, as: UTF8.self), Array(question))
    }
  }

  /// From any thread.
  private func answered(_ number: UInt64, _ id: UInt64, _ given: ServiceAnswer) {
    let handle = CallHandle(rawValue: id)
    let remaining = setting.receiver.remainingNanoseconds(handle)
    state.withLock { state in
      guard state.questions[number] != nil else { return }
      if !given.goesOn {
        state.questions[number] = nil
        state.calls[id]?.questions.remove(number)
      }
      moveDeadline(of: id, remaining, &state)
      answer(number, id, given, &state)
    }
  }

  /// While a person was asked, the call's clock stood still.
  private func moveDeadline(of id: UInt64, _ remaining: Int64, _ state: inout State) {
    guard remaining > 0, var call = state.calls[id] else { return }
    let deadline = setting.time.now().advanced(by: remaining)
    guard abs(call.deadline.nanoseconds(until: deadline)) > 1_000_000 else { return }
    call.deadline = deadline
    state.calls[id] = call
    var header = wire_header(about: WIRE_DEADLINE, call: id)
    header.request = UInt64(deadline.nanoseconds)
    _ = send(header, in: &state)
  }

  private func answer(_ number: UInt64, _ id: UInt64, _ given: ServiceAnswer, _ state: inout State) {
    var header = wire_header(about: WIRE_ANSWER, call: id)
    header.request = number
    header.status = given.status.rawValue
    if given.goesOn { header.flags = UInt16(WIRE_MORE) }
    given.bytes.withUnsafeBytes { _ = send(header, $0, in: &state) }
  }

  /// With the lock held: answers everything that a call still asks. Nobody waits for what the services say.
  func refuseQuestions(of call: inout OpenCall, _ status: Int32, _ state: inout State) {
    for number in call.questions {
      guard let id = state.questions.removeValue(forKey: number) else { continue }
      answer(number, id, ServiceAnswer(CallStatus(rawValue: status)), &state)
    }
    call.questions = []
  }

  // MARK: Sending

  /// With the lock held, which keeps packets in order. False where the worker does not read any more; its end is on
  /// the way then.
  func send(
    _ header: wire_header, _ payload: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
    with descriptors: [Outbox.Descriptor] = [], in state: inout State
  ) -> Bool {
    guard state.end == nil else { return false }
    let wasEmpty = state.outbox.isEmpty
    do throws(Outbox.Failure) {
      try state.outbox.send(header, payload, descriptors, to: process.channel.number)
    } catch {
      process.kill()
      return false
    }
    if wasEmpty, !state.outbox.isEmpty { arm(&state) }
    return true
  }
}
