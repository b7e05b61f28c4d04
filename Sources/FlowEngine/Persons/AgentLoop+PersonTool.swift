import JSONCodec
import Manifests
import ToolContracts

// What an agent itself puts to a person: by its call, or by failing at what a stage asks of it.
extension AgentLoop {
  // MARK: Calls

  /// A handoff like any other: the first of a turn counts, and it waits until the tools of its turn are done.
  mutating func askForPerson(_ entry: Int, in batch: inout ToolBatch, _ run: inout RunLedger) {
    do throws(InvocationFailure) {
      let reason = try PersonTool.reason(in: batch.entries[entry].call)
      guard batch.handoff == nil, batch.person == nil else {
        throw InvocationFailure(.handoffInvalid, "another handoff of this turn came first")
      }
      if let failure = countToolCall(&batch, &run) { throw failure }
      batch.person = ToolBatch.PersonCall(entry: entry, reason: reason)
    } catch {
      refuse(entry, in: &batch, error, &run)
    }
  }

  /// - Returns: nil where nobody is to be asked, or not any more.
  mutating func callPerson(_ batch: inout ToolBatch, _ run: inout RunLedger) -> LoopMove? {
    guard let call = batch.person else { return nil }
    if let limit = batch.limit {
      withdrawPerson(from: &batch, .reached(limit), &run)
      return nil
    }
    phase = .person(.call(batch))
    return request(.agent(call.reason), as: batch.entries[call.entry].step)
  }

  /// The call is answered without anybody having been asked, or having answered.
  mutating func withdrawPerson(
    from batch: inout ToolBatch, _ failure: InvocationFailure, _ run: inout RunLedger
  ) {
    guard let call = batch.person.take() else { return }
    refuse(call.entry, in: &batch, failure, &run)
  }

  /// The person has answered: the call has its result, whatever becomes of the answer.
  mutating func close(_ batch: ToolBatch) { conclude(answered(batch, "has answered")) }

  /// The person has nothing to say to the user: the agent goes on, and knows.
  mutating func givenBack(_ batch: ToolBatch, _ run: inout RunLedger) -> LoopMove {
    finish(answered(batch, "has looked at this and leaves it to you to go on"), &run)
  }

  private func answered(_ batch: ToolBatch, _ words: String) -> ToolBatch {
    var batch = batch
    guard let call = batch.person.take() else { return batch }
    batch.entries[call.entry].result = .success(JSONValue.object(["person": .string(words)]).serialized())
    return batch
  }

  // MARK: Failures

  /// - Returns: nil where the failure stands.
  mutating func handFailureOver(_ failure: InvocationFailure, _ run: inout RunLedger) -> LoopMove? {
    guard let role, role.onFailure == .person, caller == nil, !isWrappingUp, failure.code != .cancelled else {
      return nil
    }
    phase = .person(.failure(failure))
    return request(.stage(role.name, failure.message), as: run.takeStep())
  }
}
