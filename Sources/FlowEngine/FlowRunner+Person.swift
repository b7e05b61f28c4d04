import JSONCodec
import Storage
package import ToolContracts

// Runs that were handed over to a person.
extension FlowRunner {
  /// Somebody takes a run that waits for a person. From then on nobody else gives it back.
  ///
  /// - Throws: where it waits for nobody, or somebody else has it.
  package func takeOver(_ run: RunID, by person: Principal) async throws(RunFailure) {
    try await answering(run, by: person) { (waiting) throws(RunFailure) in
      guard waiting.holder == nil || waiting.holder == person.user else {
        throw RunFailure(.runIsTakenOver, "somebody else has taken over the run \(run)")
      }
      return (.personTookOver, nil)
    }
  }

  /// Gives a run back. It can be resumed after.
  ///
  /// - Parameters:
  ///   - person: who took it over.
  ///   - text: the answer to the user; nil: the agent goes on where it was.
  package func giveBack(_ run: RunID, text: String?, by person: Principal) async throws(RunFailure) {
    try await answering(run, by: person) { (waiting) throws(RunFailure) in
      guard waiting.holder == person.user else {
        throw RunFailure(
          .runIsTakenOver, "only who has taken over the run \(run) gives it back; nothing was changed")
      }
      return (.personReturned, text)
    }
  }

  private func answering(
    _ run: RunID, by person: Principal,
    _ answer: (PersonHistory) throws(RunFailure) -> (JournalEvent.Kind, String?)
  ) async throws(RunFailure) {
    guard !person.user.isEmpty else {
      throw RunFailure(.personIsNameless, "who takes a run over has a name: --user")
    }
    try await holding(run, of: person.tenant) { () async throws(RunFailure) in
      let history = try await history(of: run, tenant: person.tenant)
      guard history.end == nil else { throw RunFailure(.runIsFinished, "the run \(run) is finished") }
      guard let waiting = history.waitingPerson else {
        throw RunFailure(.runWaitsForNobody, "the run \(run) was not handed over to a person")
      }
      let (kind, text) = try answer(waiting)
      var data = JSONWriter()
      data.beginObject()
      data.field("user", person.user)
      if let text { data.field("text", text) }
      data.endObject()
      let event = JournalEvent(
        time: time.wallClock(), tenant: person.tenant, run: run, agent: waiting.agent, kind: kind,
        step: waiting.step, data: data.bytes)
      do throws(StorageFailure) { try await journal.append([event], .durable) } catch {
        throw RunFailure(error)
      }
    }
  }
}
