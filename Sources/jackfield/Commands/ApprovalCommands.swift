import FlowEngine
import Invocation
import ToolContracts

// Calls that wait for a person.
extension CommandSpec {
  private static let call = ArgumentSpec(name: "CALL", help: "the call's step, as the run names it")
  private static let edit = OptionSpec(
    names: ["--edit"], value: "JSON", help: "arguments with which the call is made instead")
  private static let reason = OptionSpec(
    names: ["--reason"], value: "TEXT", help: "why not; the model reads it")
  private static let afterwards = """
    The run goes on with `jackfield run resume`, or by itself once a host starts. Where the question has expired, or the \
    tool's rule or plugin has changed since, nothing can be approved any more: the model is told, and the run goes on.
    """

  static let runApprove = CommandSpec(
    path: ["run", "approve"], arguments: [.run, call], options: [edit, .tenant, .user],
    summary: "approve a call that a run waits with",
    discussion: """
      What is approved is this call alone, with these arguments or those that --edit gives.
      \(afterwards)
      Exit codes: 0 approved; 1 the step waits for no approval, or cannot be approved any more.
      """,
    examples: ["jackfield run approve RUN 4", #"jackfield run approve RUN 4 --edit '{"amount":50}'"#],
    run: { (context) async throws(CommandFailure) in
      try await decide(.approve(arguments: context.arguments[edit].map { Array($0.utf8) }), context)
    })

  static let runDeny = CommandSpec(
    path: ["run", "deny"], arguments: [.run, call], options: [reason, .tenant, .user],
    summary: "do not approve a call that a run waits with",
    discussion: afterwards,
    examples: ["jackfield run deny RUN 4 --reason 'ask the customer first'"],
    run: { (context) async throws(CommandFailure) in
      try await decide(.deny(reason: context.arguments[reason] ?? ""), context)
    })

  private static func decide(
    _ verdict: ApprovalVerdict, _ context: CommandContext
  ) async throws(CommandFailure) -> ExitCode {
    let run = try context.runID()
    guard let step = UInt32(context.arguments.arguments[1]) else {
      throw .usage("CALL is a number, not \(context.arguments.arguments[1])")
    }
    try await Host.use(context) { (host) async throws(CommandFailure) in
      try await host.attempt { () async throws(RunFailure) in
        try await host.flows.decide(
          run, step: step, verdict, by: host.principal.user, of: host.principal.tenant)
      }
    }
    context.console.message("jackfield run resume \(run) goes on with the run")
    return .ok
  }
}

extension Host {
  /// Goes on with a run that waits for a person, as long as somebody at the terminal answers.
  func settle(
    _ outcome: FlowOutcome, of run: RunID, _ context: CommandContext, observer: any FlowObserver
  ) async -> FlowOutcome {
    guard outcome.status == .awaitingApproval,
      let dialogue = ApprovalDialogue()
    else { return outcome }
    var outcome = outcome
    while outcome.status == .awaitingApproval {
      do throws(RunFailure) {
        for call in try await flows.pendingApprovals(of: run, tenant: principal.tenant) {
          switch await answer(to: call, dialogue, until: context.interruption) {
          case .given(let verdict): try await decide(verdict, on: call, of: run, dialogue)
          case .later: return outcome
          // Gone on with, the run finds it expired.
          case .expired: dialogue.say("\nNobody has answered in time.\n")
          }
        }
        outcome = try await onLanes { () async throws(RunFailure) in
          try await flows.resume(
            run, of: principal.tenant, cancellation: context.interruption, observer: observer)
        }
      } catch {
        context.console.message("jackfield: \(error.code.rawValue): \(printable(error.message))")
        return outcome
      }
    }
    return outcome
  }

  private enum PersonsAnswer {
    case given(ApprovalVerdict)
    case later
    case expired
  }

  private func answer(
    to call: PendingApproval, _ dialogue: ApprovalDialogue, until interruption: Cancellation
  ) async -> PersonsAnswer {
    let over = Cancellation()
    let key = interruption.addHandler { over.cancel() }
    defer { if let key { interruption.removeHandler(key) } }
    let day: Int64 = 86_400_000_000_000
    let left = min(day, max(0, call.expires &- time.wallClock()))
    let timer = lanes.schedule(at: time.now().advanced(by: left + 1)) {
      over.cancel()
    }
    defer { lanes.unschedule(timer) }
    if let verdict = await dialogue.verdict(on: call, until: over) { return .given(verdict) }
    return over.isCancelled && !interruption.isCancelled ? .expired : .later
  }

  /// What cannot be approved is said, and asked again where it still can be.
  private func decide(
    _ verdict: ApprovalVerdict, on call: PendingApproval, of run: RunID, _ dialogue: ApprovalDialogue
  ) async throws(RunFailure) {
    do throws(RunFailure) {
      try await flows.decide(run, step: call.step, verdict, by: principal.user, of: principal.tenant)
    } catch {
      guard [.argumentsInvalid, .approvalExpired].contains(error.code) else { throw error }
      dialogue.say("\(error.message)\n")
    }
  }
}
