import Admission
import Synchronization
package import ToolContracts

extension LanePool {
  /// For how long people are waited for, from the first question of a call that is open to its last answer.
  package static let patienceWithPeople: Int64 = 15 * 60 * 1_000_000_000

  package func hasAsker(_ call: CallHandle) -> Bool {
    table.withSlot(call) { slot, _ in slot.pointee.call?.asker != nil } ?? false
  }

  package func ask(
    _ call: CallHandle, _ inquiries: [Inquiry], until over: Cancellation,
    reply: @escaping @Sendable ([InquiryAnswer]) -> Void
  ) -> CallStatus {
    guard !inquiries.isEmpty else { return .argument }
    var asker: (any InquiryPort)?
    let status = table.withSlot(call) { slot, _ -> CallStatus in
      guard slot.pointee.continuation != nil else { return slot.pointee.abandoned ?? .state }
      asker = slot.pointee.call?.asker
      guard asker != nil else { return .unsupported }
      slot.pointee.questions.append(over)
      slot.pointee.stopClock(at: time.now())
      return .ok
    }
    guard let status, status == .ok, let asker else { return status ?? .state }
    // By its identity: it is not to hold on to itself.
    let question = ObjectIdentifier(over)
    let asked = asker.ask(inquiries, until: over) { [self] answers in
      close(question, of: call) { reply(answers) }
    }
    guard asked == .ok else {
      close(question, of: call)
      return asked
    }
    lendPlace(of: call, during: question)
    _ = over.addHandler { [self] in close(question, of: call) }
    return .ok
  }

  package func holdTime(of call: CallHandle, until over: Cancellation) {
    let isHeld = table.withSlot(call) { slot, _ -> Bool in
      guard slot.pointee.continuation != nil else { return false }
      slot.pointee.stopClock(at: time.now())
      return true
    }
    guard isHeld == true else { return }
    _ = over.addHandler { [self] in
      _ = table.withSlot(call) { slot, _ in slot.pointee.startClock(at: time.now()) }
      watchdog.wake()
    }
  }

  /// Others may run while this call waits for a person.
  private func lendPlace(of call: CallHandle, during question: ObjectIdentifier) {
    let gate = table.withSlot(call) { slot, _ -> AdmissionGate? in
      // Answered already, or another question has lent it.
      guard slot.pointee.questions.contains(where: { ObjectIdentifier($0) == question }),
        !slot.pointee.hasLentItsPlace, let call = slot.pointee.call, call.lendsItsPlace
      else { return nil }
      slot.pointee.hasLentItsPlace = call.gate != nil
      return call.gate
    }
    (gate ?? nil)?.leave()
  }

  /// A question has been answered, or taken back.
  ///
  /// - Parameter body: once the call has its place again; its time runs from now on.
  private func close(
    _ question: ObjectIdentifier, of call: CallHandle, then body: @escaping @Sendable () -> Void = {}
  ) {
    let gate = table.withSlot(call) { slot, _ -> AdmissionGate? in
      let questions = slot.pointee.questions
      if let place = questions.firstIndex(where: { ObjectIdentifier($0) == question }) {
        slot.pointee.questions.remove(at: place)
        slot.pointee.startClock(at: time.now())
      }
      return slot.pointee.hasLentItsPlace ? slot.pointee.call?.gate : nil
    }
    watchdog.wake()
    guard case .some(.some(let gate)) = gate else { return body() }
    let isBack = gate.comeBack { [self] in
      // Whoever leaves a place holds the lock of a call.
      Task(executorPreference: self) { [self] in
        takePlaceBack(of: call, at: gate)
        body()
      }
    }
    guard isBack else { return }
    takePlaceBack(of: call, at: gate)
    body()
  }

  private func takePlaceBack(of call: CallHandle, at gate: AdmissionGate) {
    let takesIt = table.withSlot(call) { slot, _ -> Bool in
      defer { slot.pointee.hasLentItsPlace = false }
      return slot.pointee.hasLentItsPlace
    }
    // The call is over, or has its place already: another question was answered too.
    if takesIt != true { gate.leave() }
  }
}

extension CallSlot {
  /// What a person takes to decide is not the tool's time.
  mutating func stopClock(at now: MonotonicTime) {
    openQuestions += 1
    guard openQuestions == 1 else { return }
    timeAfterAnswer = max(0, now.nanoseconds(until: Deadline(nanoseconds: deadline.load(ordering: .relaxed))))
    let latest = now.advanced(by: LanePool.patienceWithPeople)
    deadline.store(latest.nanoseconds, ordering: .sequentiallyConsistent)
  }

  mutating func startClock(at now: MonotonicTime) {
    guard openQuestions > 0 else { return }
    openQuestions -= 1
    guard openQuestions == 0, continuation != nil else { return }
    deadline.store(now.advanced(by: timeAfterAnswer).nanoseconds, ordering: .sequentiallyConsistent)
  }
}
