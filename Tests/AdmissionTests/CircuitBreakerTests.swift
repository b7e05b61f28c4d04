import Admission
import ModelContracts
import Testing
import ToolContracts

struct CircuitBreakerTests {
  private let policy = BreakerPolicy(failures: 3, cooldownNanoseconds: 100)

  private func at(_ nanoseconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: nanoseconds) }

  private func opened() -> CircuitBreaker {
    var breaker = CircuitBreaker()
    for _ in 0..<3 { breaker.failed(at: at(0), policy) }
    return breaker
  }

  @Test func opensAfterSoManyFailuresInARow() {
    var breaker = CircuitBreaker()
    for _ in 0..<2 { breaker.failed(at: at(0), policy) }
    breaker.succeeded()
    for _ in 0..<2 { breaker.failed(at: at(0), policy) }
    #expect(breaker.refuse(at: at(1), policy) == nil)
    breaker.failed(at: at(10), policy)
    #expect(breaker.refuse(at: at(30), policy) == 80)
  }

  @Test func oneCallTriesOnceTheTimeIsUp() {
    var breaker = opened()
    #expect(breaker.refuse(at: at(99), policy) == 1)
    #expect(breaker.refuse(at: at(100), policy) == nil)
    #expect(breaker.refuse(at: at(101), policy) == 99)
    breaker.succeeded()
    #expect(breaker.refuse(at: at(102), policy) == nil)
    #expect(breaker.refuse(at: at(102), policy) == nil)
  }

  @Test func aTrialThatFailsOpensItAnew() {
    var breaker = opened()
    #expect(breaker.refuse(at: at(100), policy) == nil)
    breaker.failed(at: at(150), policy)
    #expect(breaker.refuse(at: at(200), policy) == 50)
  }

  @Test func aTrialThatWasTakenBackOrIsLostKeepsNobodyOut() {
    var breaker = opened()
    #expect(breaker.refuse(at: at(100), policy) == nil)
    breaker.abandoned(at: at(110))
    #expect(breaker.refuse(at: at(110), policy) == nil)
    #expect(breaker.refuse(at: at(210), policy) == nil)
  }

  @Test func whatWasBegunBeforeItOpenedKeepsItOpenNoLonger() {
    var breaker = opened()
    breaker.failed(at: at(90), policy)
    #expect(breaker.refuse(at: at(100), policy) == nil)
  }
}

struct RetryBudgetTests {
  private let policy = RetryBudgetPolicy(percent: 20, burst: 2)

  @Test func letsSoManyPassForEachHundredCalls() {
    var budget = RetryBudget()
    var passed = 0
    for _ in 0..<1000 {
      budget.attempted(policy)
      if budget.take(policy) { passed += 1 }
    }
    #expect(passed == 201)
  }

  @Test func savesUpNoMoreThanTheBurst() {
    var budget = RetryBudget()
    for _ in 0..<1000 { budget.attempted(policy) }
    var passed = 0
    for _ in 0..<5 where budget.take(policy) { passed += 1 }
    #expect(passed == 2)
  }

  @Test func withNothingToGiveNothingPasses() {
    var budget = RetryBudget()
    let nothing = RetryBudgetPolicy(percent: 0, burst: 0)
    budget.attempted(nothing)
    let passes = budget.take(nothing)
    #expect(!passes)
  }
}

struct BackoffTests {
  private let policy = RetryPolicy(baseNanoseconds: 100, maxNanoseconds: 1000, maxRetryAfterNanoseconds: 5000)

  @Test func theBoundDoublesUpToTheLongestWait() {
    let backoff = Backoff(policy)
    #expect((1...6).map { backoff.bound(after: $0) } == [100, 200, 400, 800, 1000, 1000])
    #expect(backoff.bound(after: .max) == 1000)
    let huge = Backoff(RetryPolicy(baseNanoseconds: .max, maxNanoseconds: .max))
    #expect(huge.bound(after: 60) == .max)
    #expect((huge.wait(after: 60, retryAfter: nil, random: .max) ?? -1) >= 0)
  }

  @Test func everyWaitUpToTheBoundIsPossible() {
    let backoff = Backoff(policy)
    let waits = (0..<101).compactMap { backoff.wait(after: 1, retryAfter: nil, random: $0) }
    #expect(Set(waits) == Set(0...100))
    #expect(
      (0..<5000).allSatisfy { (0...1000).contains(backoff.wait(after: 9, retryAfter: nil, random: $0)!) })
  }

  @Test func nothingIsSentBeforeTheServerWantsIt() {
    let backoff = Backoff(policy)
    #expect(backoff.wait(after: 1, retryAfter: 3000, random: 0) == 3000)
    #expect(backoff.wait(after: 1, retryAfter: 3000, random: 100) == 3100)
    #expect(backoff.wait(after: 1, retryAfter: -5, random: 7) == 7)
  }

  @Test func aServerThatWantsToBeLeftAloneForLongIsNotWaitedFor() {
    let backoff = Backoff(policy)
    #expect(backoff.wait(after: 1, retryAfter: 5000, random: 0) == 5000)
    #expect(backoff.wait(after: 1, retryAfter: 5001, random: 0) == nil)
    #expect(backoff.wait(after: 1, retryAfter: .max, random: 100) == nil)
  }
}
