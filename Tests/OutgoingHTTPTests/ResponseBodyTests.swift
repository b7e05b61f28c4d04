import Locking
import Testing
import ToolContracts

@testable import OutgoingHTTP

/// What arrives on one thread and is read on another.
struct ResponseBodyTests {
  private let body = ResponseBody()
  private let told = Told()

  private final class Told: Sendable {
    let answers = Lock<[ServiceAnswer]>([])
    var texts: [String] { answers.withLock { $0.map { String(decoding: $0.bytes, as: UTF8.self) } } }
    var statuses: [CallStatus] { answers.withLock { $0.map(\.status) } }
  }

  private func append(_ text: String) -> Bool {
    Array(text.utf8).withUnsafeBytes { body.append($0, covering: SecretMask()) }
  }

  @discardableResult private func read(_ capacity: Int = .max) -> Bool {
    body.read(atMost: capacity) { [told] answer in told.answers.withLock { $0.append(answer) } }
  }

  @Test func aPieceThatIsWaitedForIsHandedOnAtOnceAndWhatCameMeanwhileTogether() {
    read()
    #expect(told.texts.isEmpty)
    #expect(append("one"))
    #expect(told.texts == ["one"])
    #expect(append("two") && append("three"))
    read(4)
    read()
    #expect(told.texts == ["one", "twot", "hree"])
  }

  @Test func whatIsLeftIsReadBeforeTheEndAndTheFirstEndHolds() {
    #expect(append("last"))
    body.end(ServiceAnswer(.ok), forgets: false)
    body.end(ServiceAnswer(.io), forgets: false)
    read()
    read()
    read()
    #expect(told.texts == ["last", "", ""] && told.statuses == [.ok, .ok, .ok])
  }

  @Test func whoeverWaitsIsToldOfTheEnd() {
    read()
    body.end(ServiceAnswer(.io), forgets: false)
    #expect(told.statuses == [.io])
  }

  @Test func whatIsForgottenIsReadByNobody() {
    #expect(append("never"))
    body.end(ServiceAnswer(.cancelled), forgets: true)
    read()
    #expect(told.statuses == [.cancelled])
  }

  @Test func twoCannotReadAtOnce() {
    read()
    read()
    #expect(told.statuses == [.state])
  }

  @Test func whatThereIsNoRoomForIsAskedForOnceHalfWasRead() {
    let piece = String(repeating: "x", count: 128 << 10)
    #expect(append(piece) && append(piece))
    #expect(!append("more"))
    #expect(!read(100 << 10))
    #expect(read(100 << 10))
    // Said once, and nothing was taken of what did not fit.
    #expect(!read())
    read()
    #expect(append("more"))
    #expect(told.texts.last == "more")
  }
}
