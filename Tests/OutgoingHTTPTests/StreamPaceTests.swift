import Testing
import ToolContracts

@testable import OutgoingHTTP

/// Pieces of a stream wait for each other only where they come faster than anybody reads.
struct StreamPaceTests {
  private static func at(_ milliseconds: Int64) -> MonotonicTime {
    MonotonicTime(nanoseconds: 1_000_000_000 + milliseconds * 1_000_000)
  }

  @Test(arguments: [10, 11, 20, 1000])
  func aSlowStreamIsNeverHeldUp(milliseconds: Int64) {
    var pace = StreamPace()
    for number in 0..<1000 as Range<Int64> { #expect(pace.hold(at: Self.at(number * milliseconds)) == nil) }
  }

  @Test func aFastOneIsHandedOnAtOnceInTheBeginningAndThenOnceInTenMilliseconds() {
    var pace = StreamPace()
    var handedOn: [Int64] = []
    var due: MonotonicTime?
    for millisecond in 0..<1000 as Range<Int64> {
      let now = Self.at(millisecond)
      // What is held is what waits: nothing more is offered before its moment.
      if let moment = due, now < moment { continue }
      due = pace.hold(at: now)
      if due == nil { handedOn.append(millisecond) }
      if let due { #expect(now < due && due <= now.advanced(by: StreamPace.interval)) }
    }
    #expect(handedOn.prefix(10).elementsEqual(0..<10))
    #expect((100...112).contains(handedOn.count))
    #expect(zip(handedOn, handedOn.dropFirst()).allSatisfy { $1 - $0 <= 10 })
  }

  @Test func whatIsReadInOneTurnGoesTogether() throws {
    var pace = StreamPace()
    let held = (0..<100).lazy.compactMap { pace.hold(at: Self.at($0)) }.first
    let due = try #require(held)
    for _ in 0..<100 { #expect(pace.hold(at: due) == nil) }
    #expect(pace.hold(at: due.advanced(by: 1_000_000)) != nil)
  }

  @Test func afterASilenceNothingWaits() {
    var pace = StreamPace()
    for millisecond in 0..<100 as Range<Int64> { _ = pace.hold(at: Self.at(millisecond)) }
    for millisecond in 1000..<1010 as Range<Int64> { #expect(pace.hold(at: Self.at(millisecond)) == nil) }
  }
}
