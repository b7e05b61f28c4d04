/// How runs of a flow follow one another in a conversation.
package struct ConversationSettings: Sendable, Equatable {
  package enum ResumeAgent: String, Sendable {
    /// Each turn begins where the flow begins.
    case start
    /// With the agent that answered last.
    case last
  }
  package var resumeAgent = ResumeAgent.start
  /// Of silence, after which a conversation has expired.
  package var idleNanoseconds: Int64 = 1_800_000_000_000
  /// Estimated, of what was said before: what a model is given of it in each turn.
  package var maxContextTokens = 8000
  /// What does not fit is summed up by the agent's own model; else the oldest is left out.
  package var summarizes = false

  package init() {}

  /// - Parameter root: of a flow's manifest.
  init(_ root: ManifestCursor) throws(ManifestError) {
    if let choice = root.optional("resume_agent") { resumeAgent = try choice.choice(ResumeAgent.self) }
    guard let value = root.optional("conversation") else { return }
    if let time = value.optional("idle_timeout") { idleNanoseconds = try time.nanoseconds() }
    if let count = value.optional("max_context_tokens") { maxContextTokens = try count.integer() }
    if let choice = value.optional("summarize") { summarizes = try choice.bool() }
  }
}
