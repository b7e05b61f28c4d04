import Admission
import ModelContracts
import Storage
import Telemetry
import ToolContracts
import ToolRegistry

/// A call for which there is enough left of every budget. Whoever has one owes `settle`.
struct FundedCall: Sendable {
  let request: CallRequest
  let enabled: EnabledFunction
  let deadline: Deadline
  let arguments: ValidArguments
  /// Of a model call.
  fileprivate let meter: ModelMeter?
  /// Nil where no budget is to be kept.
  fileprivate let reservation: BudgetReservation?

  fileprivate init(_ admitted: AdmittedCall, _ meter: ModelMeter?, _ reservation: BudgetReservation?) {
    request = admitted.request
    enabled = admitted.enabled
    deadline = admitted.deadline
    arguments = admitted.arguments
    self.meter = meter
    self.reservation = reservation
  }

  var isMetered: Bool { meter != nil }
  /// That is asked; nil for a call of anything else.
  var model: String? { meter?.model }

  func leave() { enabled.gate.leave() }
}

extension InvocationPipeline {
  /// Beyond the call's deadline, for whoever is busy then.
  private static let settlingTime: Int64 = 600_000_000_000

  /// Nil for a call of a model. Tools cost nothing.
  func free(_ call: AdmittedCall) -> FundedCall? {
    call.enabled.function.descriptor.kind == .chat ? nil : FundedCall(call, nil, nil)
  }

  /// Puts aside what the call may use.
  func reserveBudget(for call: AdmittedCall) async throws(InvocationFailure) -> FundedCall {
    let now = time.wallClock()
    let day = CivilDay(wallClock: now)
    let meter = ModelMeter(call.enabled, call.arguments.json, on: day)
    let budgets = call.enabled.models.budgets
    guard let meter, !budgets.isEmpty else { return FundedCall(call, meter, nil) }
    do throws(Refusal) {
      // What nobody knows the cost of cannot be held to a sum of money.
      guard meter.rates != nil || !budgets.isOfMoney else { throw Refusal.unpriced }
      let remaining = max(0, time.now().nanoseconds(until: call.deadline))
      let claim = BudgetClaim(
        subject: BudgetSubject(
          tenant: call.enabled.tenant, run: call.request.call.run,
          conversation: call.request.position.conversation, day: day),
        limits: budgets.limits, amount: meter.expected(of: call.arguments.json), now: now,
        expires: now.advanced(by: remaining).advanced(by: Self.settlingTime))
      switch try await decision(on: claim) {
      case .reserved(let reservation): return FundedCall(call, meter, reservation)
      case .exhausted(let scope): throw Refusal.exhausted(scope)
      }
    } catch {
      call.leave()
      throw error.failure(model: meter.model, at: now)
    }
  }

  private func decision(on claim: BudgetClaim) async throws(Refusal) -> BudgetDecision {
    do throws(StorageFailure) { return try await budgets.reserve(claim) } catch { throw .storage(error) }
  }

  /// Counts what the call used. Of an answer that is what its provider says; a call that was refused used nothing; and of one
  /// that was cut off nobody knows, so all that was put aside counts.
  func settle(_ call: FundedCall, _ outcome: inout CallOutcome) async {
    guard let meter = call.meter else { return }
    var spent = Spending.none
    switch outcome {
    case .success(var result):
      let charge = meter.charge(for: result.json)
      result.charge = charge
      outcome = .success(result)
      spent = meter.spending(charge.usage)
    case .failure(let failure):
      if failure.mayHaveBeenAnswered { spent = call.reservation?.amount ?? .none }
    }
    guard let reservation = call.reservation else { return }
    do throws(StorageFailure) { try await budgets.settle(reservation, as: spent) } catch {
      // It stays reserved, and counts as used once it expires.
      log.error(
        "a budget could not be settled", ["call": "\(call.request.call)", "reason": "\(error.description)"])
    }
  }
}

private enum Refusal: Error {
  case unpriced
  case exhausted(BudgetScope)
  case storage(StorageFailure)

  func failure(model: String, at now: Int64) -> InvocationFailure {
    switch self {
    case .unpriced:
      InvocationFailure(
        .budgetExhausted, "what this model costs is not known, and a budget in money holds",
        detail: "there is no price of '\(model)'")
    case .exhausted(let scope):
      InvocationFailure(
        .budgetExhausted, "the budget of this \(scope.subject) is used up",
        detail: "budgets.\(scope.rawValue)",
        retryAfterMilliseconds: scope == .day ? millisecondsUntilTomorrow(now) : nil)
    case .storage(let failure):
      InvocationFailure(
        .internal, "the budget could not be looked up, and the model was not asked", detail: "\(failure)")
    }
  }

  private func millisecondsUntilTomorrow(_ now: Int64) -> Int64 {
    let tomorrow = CivilDay(days: CivilDay(wallClock: now).days + 1).wallClock
    return InvocationFailure.milliseconds(ofNanoseconds: tomorrow - now)
  }
}

extension BudgetScope {
  /// For whoever asked, who need not know that there are tenants.
  fileprivate var subject: String { self == .tenant ? "account" : rawValue }
}

extension InvocationFailure {
  fileprivate var mayHaveBeenAnswered: Bool {
    switch code {
    case .timedOut, .cancelled, .pluginCrashed, .invalidResult, .resultTooLarge: true
    default: trouble == .incomplete || trouble == .badAnswer
    }
  }
}

extension Int64 {
  fileprivate func advanced(by other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
