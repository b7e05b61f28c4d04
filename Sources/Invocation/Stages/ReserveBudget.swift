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
  fileprivate let funding: Funding

  fileprivate enum Funding: Sendable {
    /// Of a call of anything but a model.
    case none
    /// No budget is to be kept.
    case metered(ModelMeter)
    indirect case reserved(BudgetReservation, ModelMeter)
  }

  fileprivate init(_ admitted: AdmittedCall, _ funding: Funding) {
    request = admitted.request
    enabled = admitted.enabled
    deadline = admitted.deadline
    arguments = admitted.arguments
    self.funding = funding
  }

  /// That is asked; nil for a call of anything else.
  var model: String? { meter?.model }

  fileprivate var meter: ModelMeter? {
    switch funding {
    case .none: nil
    case .metered(let meter), .reserved(_, let meter): meter
    }
  }

  fileprivate var reservation: BudgetReservation? {
    if case .reserved(let reservation, _) = funding { reservation } else { nil }
  }

  func leave() { enabled.gate.leave() }
}

extension InvocationPipeline {
  /// Beyond the call's deadline, for whoever is busy then.
  private static let settlingTime: Int64 = 600_000_000_000

  /// Nil for a call of a model. Tools cost nothing.
  func free(_ call: AdmittedCall) -> FundedCall? {
    call.enabled.function.descriptor.kind == .chat ? nil : FundedCall(call, .none)
  }

  /// Puts aside what the call may use.
  func reserveBudget(for call: AdmittedCall) async throws(InvocationFailure) -> FundedCall {
    let now = time.wallClock()
    guard let meter = ModelMeter(call.enabled, call.arguments.json, on: CivilDay(wallClock: now)) else {
      return FundedCall(call, .none)
    }
    if call.enabled.models.budgets.isEmpty { return FundedCall(call, .metered(meter)) }
    do throws(Refusal) {
      switch try await decision(on: try claim(for: call, meter, at: now)) {
      case .reserved(let reservation): return FundedCall(call, .reserved(reservation, meter))
      case .exhausted(let scope): throw Refusal.exhausted(scope)
      }
    } catch {
      call.leave()
      throw error.failure(model: meter.model, at: now)
    }
  }

  private func claim(
    for call: AdmittedCall, _ meter: ModelMeter, at now: Int64
  ) throws(Refusal) -> BudgetClaim {
    let budgets = call.enabled.models.budgets
    // What nobody knows the cost of cannot be held to a sum of money.
    guard meter.rates != nil || !budgets.isOfMoney else { throw .unpriced }
    let remaining = max(0, time.now().nanoseconds(until: call.deadline))
    return BudgetClaim(
      subject: BudgetSubject(
        tenant: call.enabled.tenant, run: call.request.call.run,
        conversation: call.request.position.conversation, day: CivilDay(wallClock: now)),
      limits: budgets.limits, amount: meter.expected(of: call.arguments.json), now: now,
      expires: now.advanced(by: remaining).advanced(by: Self.settlingTime))
  }

  private func decision(on claim: BudgetClaim) async throws(Refusal) -> BudgetDecision {
    do throws(StorageFailure) { return try await budgets.reserve(claim) } catch { throw .storage(error) }
  }

  /// Counts what the call used.
  ///
  /// - Returns: the outcome, with what the model call cost.
  func settle(_ call: FundedCall, _ outcome: CallOutcome) async -> CallOutcome {
    guard let meter = call.meter else { return outcome }
    let outcome = meter.charged(outcome)
    if let reservation = call.reservation {
      await settle(reservation, as: spending(meter, outcome, reservation.amount), call.request.call)
    }
    return outcome
  }

  /// Of an answer that is what its provider says; a call that was refused used nothing; and of one that was cut off nobody
  /// knows, so all that was put aside counts.
  private func spending(_ meter: ModelMeter, _ outcome: CallOutcome, _ reserved: Spending) -> Spending {
    switch outcome {
    case .success(let result): result.charge.map { meter.spending($0.usage) } ?? .none
    case .failure(let failure): failure.mayHaveBeenAnswered ? reserved : .none
    }
  }

  private func settle(_ reservation: BudgetReservation, as spent: Spending, _ call: CallID) async {
    do throws(StorageFailure) { try await budgets.settle(reservation, as: spent) } catch {
      // It stays reserved, and counts as used once it expires.
      log.error("a budget could not be settled", ["call": "\(call)", "reason": "\(error.description)"])
    }
  }
}

extension ModelMeter {
  @inline(never)
  fileprivate func charged(_ outcome: CallOutcome) -> CallOutcome {
    outcome.map { CallResult(json: $0.json, charge: charge(for: $0.json)) }
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
