import JSONCodec
import Storage
package import ToolContracts
import ToolRegistry

// Calls that a person must approve before they are made.
extension FlowRunner {
  /// The calls of a run that wait for a person, in the order of their steps.
  package func pendingApprovals(
    of run: RunID, tenant: TenantID
  ) async throws(RunFailure) -> [PendingApproval] {
    let history = try await history(of: run, tenant: tenant)
    return history.end == nil ? history.pendingApprovals : []
  }

  /// Writes down what a person says to a call that waits. The run can be resumed after.
  ///
  /// What is approved is exactly what was asked about, or what the person gives instead: tool, arguments, the rule and the
  /// plugin file. Where one of them has changed since, the question has expired, and the call is not made.
  ///
  /// - Parameter user: who says so.
  package func decide(
    _ run: RunID, step: UInt32, _ verdict: ApprovalVerdict, by user: String, of tenant: TenantID
  ) async throws(RunFailure) {
    try await holding(run, of: tenant) { () async throws(RunFailure) in
      let history = try await history(of: run, tenant: tenant)
      guard history.end == nil else { throw RunFailure(.runIsFinished, "the run \(run) is finished") }
      guard let pending = history.pendingApprovals.first(where: { $0.step == step }) else {
        throw RunFailure(.stepNotAsked, "step \(step) of the run \(run) waits for no approval")
      }
      func write(_ kind: JournalEvent.Kind, _ data: [UInt8]) async throws(RunFailure) {
        let event = JournalEvent(
          time: time.wallClock(), tenant: tenant, run: run, agent: pending.agent, kind: kind, step: step,
          data: data)
        do { try await journal.append([event], .durable) } catch { throw RunFailure(error) }
      }
      let waits = history.waits(afterDecidingOn: step)
      switch standing(of: verdict, on: pending, in: history.flow, for: tenant) {
      case .holds(let digest):
        try await write(.approvalDecided, verdict.data(pending, digest: digest, user: user, waits: waits))
      case .faulty(let message): throw RunFailure(.argumentsInvalid, message)
      case .expired(let why):
        try await write(.approvalExpired, pending.expiry(waits: waits))
        throw RunFailure(.approvalExpired, "step \(step) cannot be approved any more: \(why)")
      }
    }
  }

  private enum Standing {
    /// - Parameter digest: of what is to be done.
    case holds(digest: String)
    /// The arguments that the person gives are none for this tool.
    case faulty(String)
    case expired(String)
  }

  private func standing(
    of verdict: ApprovalVerdict, on pending: PendingApproval, in flow: String, for tenant: TenantID
  ) -> Standing {
    guard time.wallClock() <= pending.expires else { return .expired("its time is up") }
    guard case .approve(let arguments) = verdict else { return .holds(digest: pending.digest) }
    switch pending.subject {
    case .tool(let tool): return standing(on: pending, of: tool, arguments, for: tenant)
    case .stage(let stage): return standing(on: pending, of: stage, in: flow, arguments, for: tenant)
    }
  }

  private func standing(
    on pending: PendingApproval, of tool: String, _ arguments: [UInt8]?, for tenant: TenantID
  ) -> Standing {
    let enabled = ToolName(tool).flatMap { source.flows.registry[tenant]?[$0] }
    guard let approval = enabled?.approval, approval.digest(of: pending.content) == pending.digest else {
      return .expired("the rule, the tool or its plugin has changed since it was asked for")
    }
    guard let arguments else { return .holds(digest: pending.digest) }
    if let fault = approval.fault(in: arguments) { return .faulty(fault) }
    return .holds(digest: approval.digest(of: arguments))
  }

  private func standing(
    on pending: PendingApproval, of name: String, in flow: String, _ edited: [UInt8]?, for tenant: TenantID
  ) -> Standing {
    let stage = source.flows.catalog.flow(flow, for: tenant)?.stages.first { $0.name == name }
    guard let stage, let value = try? JSONValue(parsing: pending.content),
      stage.digest(of: value, in: flow) == pending.digest
    else { return .expired("the flow has changed since it was asked for") }
    guard let edited else { return .holds(digest: pending.digest) }
    do throws(InvocationFailure) {
      guard let value = try? JSONValue(parsing: edited, limits: .strict) else {
        return .faulty("what goes on from the stage must be JSON")
      }
      try stage.checkOutput(value)
      return .holds(digest: stage.digest(of: value, in: flow))
    } catch { return .faulty(error.message) }
  }
}
