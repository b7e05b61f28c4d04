import JSONCodec
import Manifests
package import Storage
package import ToolContracts

/// What is to become of a conversation that has expired.
package enum Restoration: Sendable, Equatable {
  /// It is gone on with as if there had been no silence.
  case goOn
  /// A new one is begun, which knows the key facts of this one.
  case afresh(as: ConversationID)
}

// Runs that follow one another.
extension FlowRunner {
  /// Begins a conversation with its first turn.
  package func begin(_ conversation: ConversationID, with request: FlowRequest) async throws(RunFailure)
    -> FlowOutcome
  {
    try await holding(conversation) { () async throws(RunFailure) in
      try await take(request, as: ConversationTurn(conversation))
    }
  }

  /// Asks in a conversation. Its flow is asked, whatever `request` says.
  ///
  /// - Parameter restoration: where it has expired; without it, nothing is asked then.
  /// - Throws: where there is no such conversation of this user, where its last question waits for somebody or was never
  ///   answered, or where it has expired.
  package func converse(
    _ request: FlowRequest, in conversation: ConversationID, restoring restoration: Restoration? = nil
  ) async throws(RunFailure) -> FlowOutcome {
    try await holding(conversation) { () async throws(RunFailure) in
      let summary = try await self.summary(of: conversation, for: request.principal)
      let hasExpired = try checkIsOver(summary)
      var turn = try await nextTurn(of: summary)
      if hasExpired {
        switch restoration {
        case .goOn: break
        case .afresh(let new): turn = ConversationTurn(new, after: summary.newest?.run, isAfresh: true)
        case nil:
          throw RunFailure(
            .conversationExpired,
            "the conversation \(conversation) has expired: nobody said anything for too long")
        }
      }
      var request = request
      request.flow = summary.flow
      return try await take(request, as: turn)
    }
  }

  /// Takes the newest turn back: the next one follows on the turn before it. What its calls did, they did.
  ///
  /// - Returns: its run.
  package func withdrawTurn(
    of conversation: ConversationID, by principal: Principal
  ) async throws(RunFailure) -> RunID {
    try await holding(conversation) { () async throws(RunFailure) in
      let summary = try await self.summary(of: conversation, for: principal)
      guard let newest = summary.newest else {
        throw RunFailure(.conversationIsEmpty, "the conversation \(conversation) has no turn to take back")
      }
      _ = try checkIsOver(summary)
      try await note(.turnWithdrawn, in: newest.run, by: principal)
      return newest.run
    }
  }

  /// - Throws: where this user has no such conversation: one of another reads as missing.
  package func summary(
    of conversation: ConversationID, for principal: Principal
  ) async throws(RunFailure) -> ConversationSummary {
    let runs: [RunSummary]
    do { runs = try await journal.runs(of: conversation, tenant: principal.tenant) } catch {
      throw RunFailure(error)
    }
    guard let summary = ConversationSummary(conversation, runs), summary.user == principal.user else {
      throw RunFailure(.conversationNotFound, "there is no conversation \(conversation)")
    }
    return summary
  }

  package func status(of summary: ConversationSummary) -> ConversationStatus {
    let settings = catalog.flow(summary.flow, for: summary.tenant)?.conversation ?? ConversationSettings()
    return ConversationStatus(
      summary, isHeld: summary.newest.map { leases.isHeld($0.run) } ?? false,
      idleNanoseconds: settings.idleNanoseconds, now: time.wallClock())
  }

  /// - Returns: whether it has expired.
  private func checkIsOver(_ summary: ConversationSummary) throws(RunFailure) -> Bool {
    let run = summary.newest.map { "\($0.run)" } ?? ""
    let status = status(of: summary)
    switch status {
    case .active: return false
    case .expired: return true
    case .answering:
      throw RunFailure(
        .conversationIsGoingOn, "the conversation \(summary.id) is being answered: run \(run)")
    case .unanswered:
      throw RunFailure(
        .turnIsUnanswered,
        "the last question of the conversation \(summary.id) was never answered: its host stopped; resume or cancel "
          + "the run \(run)")
    case .inDoubt, .awaitingApproval, .waitingForPerson:
      throw RunFailure(
        .conversationIsWaiting,
        "the conversation \(summary.id) waits for a person: run \(run) is \(status.rawValue)")
    }
  }

  private func holding<Result: Sendable>(
    _ conversation: ConversationID, _ body: () async throws(RunFailure) -> Result
  ) async throws(RunFailure) -> Result {
    let lease: (any RunLease)?
    do { lease = try leases.claim(conversation.lease) } catch { throw RunFailure(error) }
    guard let lease else {
      throw RunFailure(
        .conversationIsGoingOn, "the conversation \(conversation) is being answered in another process")
    }
    defer { lease.release() }
    return try await body()
  }

  private func take(_ request: FlowRequest, as turn: ConversationTurn) async throws(RunFailure) -> FlowOutcome
  {
    var request = request
    request.turn = turn
    let run = try await activeRun(request)
    return try await holding(request.run) { () async throws(RunFailure) in try await go(run) }
  }

  /// Where each turn was taken back, the next one begins as the first did.
  private func nextTurn(of summary: ConversationSummary) async throws(RunFailure) -> ConversationTurn {
    if let newest = summary.newest { return ConversationTurn(summary.id, after: newest.run) }
    let runs: [RunSummary]
    do { runs = try await journal.runs(of: summary.id, tenant: summary.tenant) } catch {
      throw RunFailure(error)
    }
    guard let first = runs.map(\.run).min() else { return ConversationTurn(summary.id) }
    return try await history(of: first, tenant: summary.tenant).turn ?? ConversationTurn(summary.id)
  }

  // MARK: What was said

  /// What a turn knows of those before it.
  func past(
    of turn: ConversationTurn, _ tenant: TenantID, in flow: FlowDefinition
  ) async throws(RunFailure) -> ConversationPast {
    var transcripts: [TurnTranscript] = []
    var isAfresh = turn.isAfresh
    var next = turn.after
    var oldest: RunID?
    while let run = next, oldest.map({ run > $0 }) ?? true {
      guard let transcript = TurnTranscript(try await events(of: run, tenant: tenant)) else {
        throw RunFailure(
          .conversationIsIncomplete,
          "the run \(run), on which this one follows, is not in the journal any more")
      }
      transcripts.append(transcript)
      oldest = transcript.summary?.through ?? oldest
      next = transcript.turn?.after
      guard transcript.turn?.isAfresh == true else { continue }
      // Of what was before, it has the key facts; where it ended too early to have them, they are this turn's to find.
      if transcript.summary != nil { break }
      isAfresh = true
    }
    return ConversationPast(transcripts.reversed(), flow.conversation, isAfresh: isAfresh)
  }

  /// Writes down something that somebody does about a run, whether or not it is at its end.
  func note(
    _ kind: JournalEvent.Kind, in run: RunID, by principal: Principal
  ) async throws(RunFailure) {
    try await holding(run, of: principal.tenant) { () async throws(RunFailure) in
      var data = JSONWriter()
      data.beginObject()
      if !principal.user.isEmpty { data.field("user", principal.user) }
      data.endObject()
      let event = JournalEvent(
        time: time.wallClock(), tenant: principal.tenant, run: run, kind: kind, data: data.bytes)
      do throws(StorageFailure) { try await journal.append([event], .durable) } catch {
        throw RunFailure(error)
      }
    }
  }
}
