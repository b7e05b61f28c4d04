package import ToolContracts

/// One part of a flow's work, done once those parts are done that it needs.
package struct StageManifest: Sendable {
  package enum Work: Sendable {
    case agent(NameReference)
    case tool(ToolName, location: SourceLocation)
    /// A person looks at what there is, and says yes or no within this time.
    case approval(expiresNanoseconds: Int64)
  }
  package let name: String
  package let location: SourceLocation
  package let work: Work
  package let needs: [NameReference]
  /// What it is given.
  package let input: StageInput
  package let inputLocation: SourceLocation
  package let inputSchema: StageSchema?
  package let outputSchema: StageSchema?
  /// How often an agent's wrong output is given back to it.
  package let maxRepairs: Int
  package let onFailure: StageFailurePolicy
  /// Of all agents that work for it.
  package let limits: AgentLimits

  package var agent: NameReference? { if case .agent(let agent) = work { agent } else { nil } }
  package var tool: ToolName? { if case .tool(let tool, _) = work { tool } else { nil } }
  package var isApproval: Bool { if case .approval = work { true } else { false } }
}

/// What becomes of a flow when one of its stages fails.
package enum StageFailurePolicy: String, Sendable {
  /// The run fails.
  case stop
  /// Whatever needs the stage is left out; all else is done.
  case skipDependents = "skip_dependents"
  /// Whatever needs the stage finds null as its output.
  case carryOn = "continue"
  /// A person gives what the stage owes, or lets the run fail.
  case person
}
