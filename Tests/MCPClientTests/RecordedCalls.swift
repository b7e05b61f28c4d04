import Locking
import ToolContracts

/// The pipeline's side of calls, writing down what they come to.
final class RecordedCalls: CallReceiver {
  struct Outcome: Equatable {
    var status: CallStatus
    var payload: String
  }
  private struct Running {
    var outcomes: [Outcome] = []
    var progress: [CallProgress] = []
    var isGivenUp = false
    var inquiries: [Inquiry] = []
    var reply: (@Sendable ([InquiryAnswer]) -> Void)?
    var takenBack = 0
    var holds = 0
  }
  /// Whether there is a person.
  let canAsk: Bool

  init(canAsk: Bool = false) { self.canAsk = canAsk }

  private let calls = Condition<[UInt64: Running]>([:])

  func begin(_ number: UInt64) -> CallHandle {
    calls.withLock { $0[number] = Running() }
    return CallHandle(rawValue: number)
  }

  func giveUp(_ call: CallHandle) { calls.withLock { $0[call.rawValue]?.isGivenUp = true } }
  func outcomes(of call: CallHandle) -> [Outcome] { calls.withLock { $0[call.rawValue]?.outcomes ?? [] } }
  func progress(of call: CallHandle) -> [CallProgress] {
    calls.withLock { $0[call.rawValue]?.progress ?? [] }
  }
  func waitForOutcome(of call: CallHandle) -> Outcome? {
    calls.wait(nanoseconds: 20_000_000_000) { $0[call.rawValue]?.outcomes.first }
  }

  func complete(_ call: CallHandle, status: CallStatus, payload: UnsafeRawBufferPointer) -> CallStatus {
    let outcome = Outcome(status: status, payload: String(decoding: payload, as: UTF8.self))
    calls.withLock { $0[call.rawValue]?.outcomes.append(outcome) }
    calls.broadcast()
    return .ok
  }

  func emit(_ call: CallHandle, event: Int32, data: UnsafeRawBufferPointer) -> CallStatus { .ok }

  func progress(_ call: CallHandle, _ progress: CallProgress) -> CallStatus {
    calls.withLock { $0[call.rawValue]?.progress.append(progress) }
    return .ok
  }

  func remainingNanoseconds(_ call: CallHandle) -> Int64 {
    calls.withLock { $0[call.rawValue]?.isGivenUp == true } ? 0 : 1_000_000_000
  }

  func hasAsker(_ call: CallHandle) -> Bool { canAsk }

  func ask(
    _ call: CallHandle, _ inquiries: [Inquiry], until over: Cancellation,
    reply: @escaping @Sendable ([InquiryAnswer]) -> Void
  ) -> CallStatus {
    guard canAsk else { return .unsupported }
    let isOver = calls.withLock { calls in
      guard calls[call.rawValue]?.outcomes.isEmpty == true else { return true }
      calls[call.rawValue]?.inquiries = inquiries
      return false
    }
    if isOver { return .state }
    _ = over.addHandler { [calls] in
      calls.withLock { $0[call.rawValue]?.takenBack += 1 }
      calls.broadcast()
    }
    // Only now: whoever waits for the question may end its call at once.
    calls.withLock { $0[call.rawValue]?.reply = reply }
    calls.broadcast()
    return .ok
  }

  func holdTime(of call: CallHandle, until over: Cancellation) {
    calls.withLock { $0[call.rawValue]?.holds += 1 }
    _ = over.addHandler { [calls] in calls.withLock { $0[call.rawValue]?.holds -= 1 } }
  }

  /// How often its time stands still.
  func holds(of call: CallHandle) -> Int { calls.withLock { $0[call.rawValue]?.holds ?? 0 } }
  func takenBack(from call: CallHandle) -> Int { calls.withLock { $0[call.rawValue]?.takenBack ?? 0 } }
  func inquiries(of call: CallHandle) -> [Inquiry] { calls.withLock { $0[call.rawValue]?.inquiries ?? [] } }

  func waitForInquiries(of call: CallHandle) -> [Inquiry] {
    calls.wait(nanoseconds: 20_000_000_000) { calls in
      calls[call.rawValue]?.reply == nil ? nil : calls[call.rawValue]?.inquiries
    } ?? []
  }

  /// What the person says.
  func answer(_ call: CallHandle, _ answers: [InquiryAnswer]) {
    let reply = calls.withLock { $0[call.rawValue]?.reply.take() }
    reply?(answers)
  }

  func info(_ call: CallHandle) -> CallInfo? { nil }
  func attachment(
    _ call: CallHandle, byteCount: Int, fill: (UnsafeMutableRawPointer) -> Void
  ) -> UnsafeMutableRawPointer? { nil }
}
