import ModelContracts
import Testing
import ToolContracts

@testable import FlowEngine

struct ModelAttemptsTests {
  private let policy = RetryPolicy(
    attempts: 3, baseNanoseconds: 100, maxNanoseconds: 1000, maxRetryAfterNanoseconds: 5_000_000)

  private func failure(_ kind: ProviderFailure.Kind, retryAfter: Int64? = nil) -> InvocationFailure {
    var failure = InvocationFailure(.toolFailed, "", retryAfterMilliseconds: retryAfter)
    failure.trouble = kind
    return failure
  }

  private func move(
    _ attempts: inout ModelAttempts, _ failure: InvocationFailure, isShown: Bool = false,
    remaining: Int64 = .max, random: UInt64 = 0, mayRepeat: Bool = true
  ) -> ModelAttempts.Move {
    attempts.failed(
      failure, isShown: isShown, remaining: remaining, random: random, mayRepeat: { mayRepeat })
  }

  @Test func whatMayPassIsRepeatedSoManyTimesAndThenAnotherIsAsked() {
    var attempts = ModelAttempts(policy, targetCount: 2)
    #expect(move(&attempts, failure(.overloaded), random: 50) == .ask(target: 0, afterNanoseconds: 50))
    #expect(move(&attempts, failure(.serverError), random: 150) == .ask(target: 0, afterNanoseconds: 150))
    #expect(move(&attempts, failure(.unreachable)) == .ask(target: 1, afterNanoseconds: 0))
    #expect(move(&attempts, failure(.incomplete)) == .ask(target: 1, afterNanoseconds: 0))
    #expect(move(&attempts, failure(.incomplete)) == .ask(target: 1, afterNanoseconds: 0))
    #expect(move(&attempts, failure(.rateLimited)) == .giveUp)
  }

  @Test(arguments: [
    ProviderFailure.Kind.quotaExhausted, .credentials, .forbidden, .modelNotFound, .contextTooLong,
    .badAnswer,
  ])
  func whatThisModelWillNeverAnswerIsAskedOfAnother(_ kind: ProviderFailure.Kind) {
    var attempts = ModelAttempts(policy, targetCount: 2)
    #expect(move(&attempts, failure(kind)) == .ask(target: 1, afterNanoseconds: 0))
    #expect(move(&attempts, failure(kind)) == .giveUp)
  }

  @Test(arguments: [ProviderFailure.Kind.invalidRequest, .contentFilter])
  func aRequestThatIsAtFaultIsAskedOfNobodyElse(_ kind: ProviderFailure.Kind) {
    var attempts = ModelAttempts(policy, targetCount: 2)
    #expect(move(&attempts, failure(kind)) == .giveUp)
  }

  @Test(arguments: [
    InvocationFailure.Code.denied, .cancelled, .budgetExhausted, .toolNotFound, .internal, .schemaViolation,
  ])
  func whatTheHostRefusesIsNotRepeated(_ code: InvocationFailure.Code) {
    var attempts = ModelAttempts(policy, targetCount: 2)
    #expect(move(&attempts, InvocationFailure(code, "")) == .giveUp)
  }

  @Test(arguments: [InvocationFailure.Code.timedOut, .pluginCrashed, .unavailable, .rateLimited])
  func aWorkerThatDiedOrIsBusyIsAskedAgain(_ code: InvocationFailure.Code) {
    var attempts = ModelAttempts(policy, targetCount: 1)
    #expect(move(&attempts, InvocationFailure(code, "")) == .ask(target: 0, afterNanoseconds: 0))
  }

  @Test func anAnswerOfWhichSomethingWasShownIsNotBegunAnewUnlessThePlanSaysSo() {
    var attempts = ModelAttempts(policy, targetCount: 2)
    #expect(move(&attempts, failure(.incomplete), isShown: true) == .giveUp)
    var restarting = policy
    restarting.restartsShownAnswers = true
    attempts = ModelAttempts(restarting, targetCount: 2)
    #expect(move(&attempts, failure(.incomplete), isShown: true) == .ask(target: 0, afterNanoseconds: 0))
  }

  @Test func aServerIsLeftAloneForAsLongAsItWantsOrAnotherIsAsked() {
    var attempts = ModelAttempts(policy, targetCount: 2)
    #expect(
      move(&attempts, failure(.rateLimited, retryAfter: 5)) == .ask(target: 0, afterNanoseconds: 5_000_000))
    #expect(move(&attempts, failure(.rateLimited, retryAfter: 6)) == .ask(target: 1, afterNanoseconds: 0))
    #expect(move(&attempts, failure(.rateLimited, retryAfter: .max)) == .giveUp)
  }

  @Test func nobodyWaitsLongerThanTheRunMayTake() {
    var attempts = ModelAttempts(policy, targetCount: 1)
    #expect(move(&attempts, failure(.rateLimited, retryAfter: 5), remaining: 5_000_000) == .giveUp)
  }

  @Test func withoutABudgetForRepetitionsThereIsNone() {
    var attempts = ModelAttempts(policy, targetCount: 2)
    #expect(move(&attempts, failure(.overloaded), mayRepeat: false) == .ask(target: 1, afterNanoseconds: 0))
    #expect(move(&attempts, failure(.overloaded), mayRepeat: false) == .giveUp)
  }

  @Test func theBudgetIsAskedOnlyForARepetition() {
    var attempts = ModelAttempts(policy, targetCount: 2)
    for kind in [ProviderFailure.Kind.credentials, .invalidRequest] {
      _ = attempts.failed(failure(kind), isShown: false, remaining: .max, random: 0) {
        Issue.record("\(kind) is no reason to repeat a call")
        return true
      }
    }
  }

  @Test func whoIsLeftAloneIsPassedOver() {
    var attempts = ModelAttempts(policy, targetCount: 2)
    #expect(attempts.refused() == .ask(target: 1, afterNanoseconds: 0))
    #expect(attempts.refused() == .giveUp)
  }

  @Test func anUnrecordedOutcomeEndsIt() {
    var attempts = ModelAttempts(policy, targetCount: 2)
    var failure = failure(.overloaded)
    failure.isUnrecorded = true
    #expect(move(&attempts, failure) == .giveUp)
  }
}
