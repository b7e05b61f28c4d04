import Locking
import Testing

struct LockTests {
  @Test func everyIncrementUnderTheLockCounts() async {
    let counted = Lock(0)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask { for _ in 0..<10_000 { counted.withLock { $0 += 1 } } }
      }
    }
    #expect(counted.withLock { $0 } == 80_000)
  }

  @Test func anErrorReleasesTheLock() {
    struct Refusal: Error {}
    let lock = Lock(1)
    #expect(throws: Refusal.self) { try lock.withLock { _ throws(Refusal) in throw Refusal() } }
    #expect(lock.withLock { $0 } == 1)
  }
}

struct ConditionTests {
  @Test func aWaitEndsWhenTheAnswerIsThere() async {
    let condition = Condition(0)
    async let waited = Task.detached { condition.wait(nanoseconds: 10_000_000_000) { $0 == 0 ? nil : $0 } }
      .value
    condition.withLock { $0 = 7 }
    condition.broadcast()
    #expect(await waited == 7)
  }

  @Test func aWaitForNothingEndsAfterTheGivenTime() {
    #expect(Condition(0).wait(nanoseconds: 1_000_000) { $0 == 0 ? nil : $0 } == nil)
  }
}
