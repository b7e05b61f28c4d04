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
    _ call: CallHandle, _ inquiries: [Inquiry], reply: @escaping @Sendable ([InquiryAnswer]) -> Void
  ) -> CallStatus {
    guard canAsk else { return .unsupported }
    calls.withLock {
      $0[call.rawValue]?.inquiries = inquiries
      $0[call.rawValue]?.reply = reply
    }
    calls.broadcast()
    return .ok
  }

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
