import Locking
import TestSupport
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

  @discardableResult private func append(_ text: String) -> Bool {
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

  private func stream(within window: Int = 1000, weight: Int = 10) {
    _ = body.stream(within: window, weight) { [told] answer in told.answers.withLock { $0.append(answer) } }
  }

  private var goesOn: [Bool] { told.answers.withLock { $0.map(\.goesOn) } }

  @Test func aStreamIsAskedForOnceAndSaysWhichPartIsTheLast() {
    append("one")
    stream()
    append("two")
    append("three")
    body.end(ServiceAnswer(.ok), forgets: false)
    #expect(told.texts == ["one", "two", "three", ""] && goesOn == [true, true, true, false])
  }

  @Test func aStreamBringsNoMoreThanThereIsRoomForWhateverItsPartsWeigh() {
    stream(within: 40)
    for text in ["one", "two", "three", "four"] { append(text) }
    // 13 and 13 of 40 leave room for four bytes beside the weight of a part.
    #expect(told.texts == ["one", "two", "thre"] && goesOn == [true, true, false])
    stream(within: 40)
    #expect(told.texts.last == "efour" && goesOn.last == true)
  }

  @Test func twoCannotStreamAtOnceEither() {
    stream()
    stream()
    read()
    #expect(told.statuses == [.state, .state])
  }

  @Test func whatComesWhileSomebodyIsToldOvertakesNothing() {
    append("one")
    let hasCome = Condition(false)
    _ = body.stream(within: 1000, 10) { [told, body] answer in
      if told.texts.isEmpty, String(decoding: answer.bytes, as: UTF8.self) == "one" {
        onNewThread {
          _ = Array("two".utf8).withUnsafeBytes { body.append($0, covering: SecretMask()) }
          hasCome.withLock { $0 = true }
          hasCome.broadcast()
        }
        // Whoever brings more does not wait for the one who is told now.
        #expect(hasCome.wait(nanoseconds: 60_000_000_000) { $0 ? true : nil } == true)
      }
      told.answers.withLock { $0.append(answer) }
    }
    #expect(told.texts == ["one", "two"])
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
