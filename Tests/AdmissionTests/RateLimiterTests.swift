import Admission
import Testing
import ToolContracts

@Suite struct RateLimiterTests {
  private func at(_ milliseconds: Int64) -> MonotonicTime {
    MonotonicTime(nanoseconds: milliseconds * 1_000_000)
  }

  @Test func aBurstPassesAtOnceAndTheNextCallWaitsOneSpacing() {
    var limiter = RateLimiter(RateLimit(limit: 10, periodNanoseconds: 1_000_000_000, burst: 3))
    #expect(limiter.refuse(at: at(0)) == nil)
    #expect(limiter.refuse(at: at(0)) == nil)
    #expect(limiter.refuse(at: at(0)) == nil)
    #expect(limiter.refuse(at: at(0)) == 100_000_000)
    #expect(limiter.refuse(at: at(60)) == 40_000_000)
    #expect(limiter.refuse(at: at(100)) == nil)
  }

  @Test func whoWaitsAsLongAsTheRefusalSaysIsAdmitted() {
    var limiter = RateLimiter(RateLimit(limit: 7, periodNanoseconds: 1_000_000_000, burst: 2))
    var now = at(0)
    for _ in 0..<50 {
      while let wait = limiter.refuse(at: now) { now = now.advanced(by: wait) }
    }
    // 50 calls, 2 of them at once: 48 spacings of a seventh of a second, rounded up to a nanosecond.
    #expect(now.nanoseconds == 48 * 142_857_143)
  }

  @Test func refusalsDoNotPushTheNextAdmissionAway() {
    var limiter = RateLimiter(RateLimit(limit: 1, periodNanoseconds: 60_000_000_000, burst: 1))
    #expect(limiter.refuse(at: at(0)) == nil)
    for second in Int64(1)..<60 { #expect(limiter.refuse(at: at(second * 1000)) != nil) }
    #expect(limiter.refuse(at: at(60_000)) == nil)
  }

  @Test func noWindowOfAnyLengthHoldsMoreThanBurstAndRateAllow() {
    var random = SplitMix(seed: 42)
    for _ in 0..<200 {
      let limit = Int(random.next() % 20) + 1
      let burst = Int(random.next() % 10) + 1
      let period = Int64(random.next() % 1000 + 1) * 1_000_000
      var limiter = RateLimiter(RateLimit(limit: limit, periodNanoseconds: period, burst: burst))
      var now = MonotonicTime(nanoseconds: 0)
      var admitted: [Int64] = []
      for _ in 0..<300 {
        now = now.advanced(by: Int64(random.next() % UInt64(period / Int64(limit) + 1)))
        if limiter.refuse(at: now) == nil { admitted.append(now.nanoseconds) }
      }
      for start in admitted.indices {
        for end in start..<admitted.count {
          let allowed = Int64(burst) + (admitted[end] - admitted[start]) * Int64(limit) / period
          #expect(Int64(end - start + 1) <= allowed)
        }
      }
    }
  }

  @Test func aClockAtTheEndOfTimeDoesNotOverflow() {
    var limiter = RateLimiter(RateLimit(limit: 1, periodNanoseconds: .max, burst: .max))
    #expect(limiter.refuse(at: MonotonicTime(nanoseconds: .max)) == nil)
    #expect(limiter.refuse(at: MonotonicTime(nanoseconds: .max)) == nil)
  }
}

/// A small generator whose sequence is the same in every run.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
