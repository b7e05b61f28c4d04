import CPluginServices
import HostServices
import JSONCodec
import Locking
import PluginABI
import Testing
import ToolContracts

/// `jf.ask/1`: what of a plugin's wish becomes a question to a person.
struct AskServiceTests {
  private let person = Person()

  private func ask(_ message: String, _ schema: String, operation: Int = PLUGIN_ASK_ASK) async
    -> ServiceAnswer
  {
    await ask(Array(number: UInt64(message.utf8.count)) + Array(message.utf8) + Array(schema.utf8), operation)
  }

  private func ask(_ bytes: [UInt8], _ operation: Int) async -> ServiceAnswer {
    let info = CallInfo(
      tenant: TenantID("acme")!, call: CallID(run: RunID(milliseconds: 1, randomness: 1), step: 1), attempt: 1
    )
    let request = ServiceRequest(
      operation: UInt32(operation), call: CallHandle(rawValue: 5), info: info, bytes: bytes,
      deadline: SystemTime().now(), cancellation: Cancellation())
    return await withCheckedContinuation { continuation in
      AskService(receiver: person).answer(request) { continuation.resume(returning: $0) }
    }
  }

  @Test func theFormAndWhatItBecameGoThrough() async {
    person.says(.accepted(["sure": true]))
    let answer = await ask("Really?", #"{"type":"object","properties":{"sure":{"type":"boolean"}}}"#)
    #expect(
      answer == ServiceAnswer(.ok, Array(number: UInt64(JF_ASK_ACCEPTED)) + Array(#"{"sure":true}"#.utf8)))
    #expect(person.asked.map(\.call) == [CallHandle(rawValue: 5)])
    guard case .form(let message, let schema)? = person.asked.first?.inquiries.first else {
      Issue.record("no form was shown")
      return
    }
    #expect(message == "Really?" && schema.object?["properties"] != nil)
  }

  @Test(arguments: [(InquiryAnswer.declined, JF_ASK_DECLINED), (.dismissed, JF_ASK_CANCELLED)])
  func whatIsNoAnswerHasNoContent(given: InquiryAnswer, action: Int) async {
    person.says(given)
    #expect(await ask("Really?", "{}") == ServiceAnswer(.ok, Array(number: UInt64(action))))
  }

  @Test func whereThereIsNobodyThePluginHearsIt() async {
    person.says(nil)
    #expect(await ask("Really?", "{}").status == .unsupported)
  }

  @Test(arguments: [
    ("", "{}"), ("Really?", ""), ("Really?", "[]"), ("Really?", "{"),
    (String(repeating: "a", count: 16385), "{}"),
    ("Really?", String(repeating: #"{"a":"#, count: 20) + "1" + String(repeating: "}", count: 20)),
  ])
  func whatIsNoQuestionIsNotShown(message: String, schema: String) async {
    person.says(.declined)
    #expect(await ask(message, schema).status == .argument)
    #expect(person.asked.isEmpty)
  }

  @Test func bytesThatAreNoQuestionAreRefused() async {
    for bytes in [[], [1, 2], Array(number: 9), Array(number: .max) + [0x61]] as [[UInt8]] {
      #expect(await ask(bytes, PLUGIN_ASK_ASK).status == .argument)
    }
    #expect(await ask("Really?", "{}", operation: 2).status == .unsupported)
  }
}

/// The calls' side, with a person behind it.
private final class Person: CallReceiver {
  private struct State {
    var answer: InquiryAnswer?
    var asked: [(call: CallHandle, inquiries: [Inquiry])] = []
  }
  private let state = Lock(State())

  var asked: [(call: CallHandle, inquiries: [Inquiry])] { state.withLock { $0.asked } }
  func says(_ answer: InquiryAnswer?) { state.withLock { $0.answer = answer } }

  func ask(
    _ call: CallHandle, _ inquiries: [Inquiry], until over: Cancellation,
    reply: @escaping @Sendable ([InquiryAnswer]) -> Void
  ) -> CallStatus {
    let answer = state.withLock { state in
      state.asked.append((call, inquiries))
      return state.answer
    }
    guard let answer else { return .unsupported }
    reply([answer])
    return .ok
  }

  func complete(_ call: CallHandle, status: CallStatus, payload: UnsafeRawBufferPointer) -> CallStatus {
    .state
  }
  func emit(_ call: CallHandle, event: Int32, data: UnsafeRawBufferPointer) -> CallStatus { .state }
  func progress(_ call: CallHandle, _ progress: CallProgress) -> CallStatus { .state }
  func remainingNanoseconds(_ call: CallHandle) -> Int64 { 0 }
  func info(_ call: CallHandle) -> CallInfo? { nil }
  func attachment(
    _ call: CallHandle, byteCount: Int, fill: (UnsafeMutableRawPointer) -> Void
  ) -> UnsafeMutableRawPointer? { nil }
}
