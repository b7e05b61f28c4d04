import Testing

@testable import SQLiteStorage

struct GroupWindowTests {
  @Test func whoIsAloneIsNeverHeldBack() {
    var window = GroupWindow()
    #expect(window.nanosecondsToWait(now: 0) == nil)
    window.committed(telling: 1, waiting: 0, from: 0, to: 100)
    #expect(window.nanosecondsToWait(now: 100) == nil)
  }

  @Test func afterACommitThoseItHasToldAreWaitedForAsLongAsItTook() {
    var window = GroupWindow()
    window.committed(telling: 14, waiting: 2, from: 1000, to: 1100)
    #expect(window.expected == 16 && window.half == 8)
    #expect(window.nanosecondsToWait(now: 1110) == 90)
    #expect(window.nanosecondsToWait(now: 1200) == nil)
  }

  @Test func aDiskThatStoodStillDoesNotMakeTheNextOnesWait() {
    var window = GroupWindow()
    window.committed(telling: 2, waiting: 0, from: 0, to: 5_000_000_000)
    #expect(window.nanosecondsToWait(now: 5_000_000_000) == 2_000_000)
  }

  @Test func whereNobodyComesBackItIsTriedLessAndLessAndWhereTheyDoEveryTime() {
    var window = GroupWindow()
    var waits = ""
    // Two that are told each time, one of whom comes back.
    for _ in 1...20 {
      window.committed(telling: 1, waiting: 1, from: 0, to: 100)
      waits += window.nanosecondsToWait(now: 100) == nil ? "." : "w"
    }
    #expect(waits == "w.w..w....w........w")
    for _ in 1...100 { window.committed(telling: 2, waiting: 0, from: 0, to: 100) }
    for _ in 1...3 {
      window.committed(telling: 2, waiting: 0, from: 0, to: 100)
      #expect(window.nanosecondsToWait(now: 100) != nil)
    }
  }
}
