package import ToolContracts

/// One thing that happened in a run. The journal is append-only; everything else that is known of a run is read from it.
package struct JournalEvent: Sendable, Equatable {
  /// The names are frozen. `docs/journal.md` says what each one's `data` holds.
  package enum Kind: String, Sendable, CaseIterable {
    case runStarted = "run.started"
    case runFinished = "run.finished"
    case runFailed = "run.failed"
    case runLimitReached = "run.limit_reached"
    case agentStarted = "agent.started"
    case agentFinished = "agent.finished"
    case modelRequested = "model.requested"
    case modelCompleted = "model.completed"
    /// A rule decided which model is asked.
    case modelRouted = "model.routed"
    /// A model call failed, and is made again or by another model.
    case modelRetried = "model.retried"
    case toolCalled = "tool.called"
    case toolRejected = "tool.rejected"
    case toolStarted = "tool.started"
    case toolFinished = "tool.finished"
    /// A person has said what became of a call that was in doubt.
    case toolResolved = "tool.resolved"
    // A call that the function of a step has made.
    case callStarted = "call.started"
    case callFinished = "call.finished"
    case callRejected = "call.rejected"
    /// A plugin has done something through the host, or was kept from it.
    case serviceUsed = "service.used"
    case handoffRequested = "handoff.requested"
    case handoffCompleted = "handoff.completed"
    case handoffSuperseded = "handoff.superseded"
    case handoffRejected = "handoff.rejected"
    /// An agent asks another, and waits.
    case delegationStarted = "delegation.started"
    case delegationFinished = "delegation.finished"
    case guardrailTripped = "guardrail.tripped"
    /// A person is asked whether a call may be made, and the run waits.
    case approvalRequested = "approval.requested"
    case approvalDecided = "approval.decided"
    /// Nobody answered in time, or what was asked about has changed.
    case approvalExpired = "approval.expired"
    /// An agent's answer does not have the form that its schema asks for.
    case outputRejected = "output.rejected"
    case stageStarted = "stage.started"
    case stageFinished = "stage.finished"
    case stageFailed = "stage.failed"
    /// A stage that it needs has failed.
    case stageSkipped = "stage.skipped"
    /// What was said before has been summed up, so that it fits before a model.
    case contextCompacted = "context.compacted"
    /// How sure an agent is of its answer.
    case confidenceTold = "confidence.told"
    /// The run is handed over to a person, and waits.
    case personRequested = "person.requested"
    case personTookOver = "person.took_over"
    case personReturned = "person.returned"
    /// A person has taken the turn back, after its end.
    case turnWithdrawn = "turn.withdrawn"
  }

  /// Position in the journal, from 1; 0 until it is appended. Rises within a run, with gaps where others wrote.
  package var sequence: Int64 = 0
  /// Nanoseconds since 1970.
  package var time: Int64
  package var tenant: TenantID
  package var run: RunID
  /// Which model call of the run this belongs to, from 1; 0 before the first.
  package var turn: UInt32
  /// Empty outside of an agent.
  package var agent: String
  package var kind: Kind
  /// Nil for what is not about one call.
  package var step: UInt32?
  /// A JSON object.
  package var data: [UInt8]
  /// Which claim of the run wrote it, from 1; 0 until it is appended. Never falls within a run: who has lost the run to a
  /// later claim writes no more of it.
  package var fence: UInt32 = 0

  package init(
    time: Int64, tenant: TenantID, run: RunID, turn: UInt32 = 0, agent: String = "", kind: Kind,
    step: UInt32? = nil,
    data: [UInt8]
  ) {
    self.time = time
    self.tenant = tenant
    self.run = run
    self.turn = turn
    self.agent = agent
    self.kind = kind
    self.step = step
    self.data = data
  }
}
