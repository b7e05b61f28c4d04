import Synchronization
package import ToolContracts

extension LanePool {
  /// For how long people are waited for, from the first question of a call that is open to its last answer.
  package static let patienceWithPeople: Int64 = 15 * 60 * 1_000_000_000

  package func hasAsker(_ call: CallHandle) -> Bool {
    table.withSlot(call) { slot, _ in slot.pointee.call?.asker != nil } ?? false
  }

  package func ask(
    _ call: CallHandle, _ inquiries: [Inquiry], reply: @escaping @Sendable ([InquiryAnswer]) -> Void
  ) -> CallStatus {
    guard !inquiries.isEmpty else { return .argument }
    var asker: (any InquiryPort)?
    let status = table.withSlot(call) { slot, _ -> CallStatus in
      guard slot.pointee.continuation != nil else { return slot.pointee.abandoned ?? .state }
      asker = slot.pointee.call?.asker
      guard asker != nil else { return .unsupported }
      slot.pointee.stopClock(at: time.now())
      return .ok
    }
    guard let status, status == .ok, let asker else { return status ?? .state }
    let asked = asker.ask(inquiries) { [self] answers in
      startClock(of: call)
      reply(answers)
    }
    if asked != .ok { startClock(of: call) }
    return asked
  }

  private func startClock(of call: CallHandle) {
    _ = table.withSlot(call) { slot, _ in slot.pointee.startClock(at: time.now()) }
    watchdog.wake()
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
