import FlowEngine
import Invocation
import JSONCodec
import Storage
import ToolContracts

// What people do with a run that waits for them, and what is held against the disk when it stops.
extension SimulatedHost {
  /// Decides what waits for a person, then goes on with the run.
  func goOn(with run: RunID) async {
    var isWaiting = true
    while isWaiting, !isDead {
      await resolveDoubts(of: run)
      await decideApprovals(of: run)
      await answerInPerson(in: run)
      let outcome = await takeUp(run)
      // In a storm the next host asks again.
      isWaiting =
        world.isCalm
        && outcome.map { [.awaitingApproval, .awaitingPerson, .inDoubt].contains($0.status) } ?? false
    }
  }

  /// For longer than any question waits.
  func linger() async {
    _ = await runner.recover(Self.tenant) { self.isDead }
    let moment = world.time.now().advanced(by: 6_000_000_000)
    _ = await world.lanes.pool.wait(until: moment, cancellation())
  }

  /// Resumes and checks. Whatever is refused must be refused for a reason that the world gives.
  @discardableResult
  func takeUp(_ run: RunID, takingOver: Bool = false) async -> FlowOutcome? {
    do throws(RunFailure) {
      let outcome = try await resume(run, takingOver: takingOver)
      check(outcome, of: run)
      return outcome
    } catch {
      expect(error)
      return nil
    }
  }

  private func expect(_ failure: RunFailure) {
    let isOrdinary: Set<RunFailure.Code> = [
      .storage, .runIsGoingOn, .runIsFinished, .runNotFound, .approvalExpired, .stepNotAsked, .stepNotInDoubt,
      .runWaitsForNobody,
    ]
    world.require(isDead || isOrdinary.contains(failure.code), "\(failure.code.rawValue): \(failure.message)")
  }

  private func resolveDoubts(of run: RunID) async {
    let history = RunHistory(world.disk.events(of: run))
    for step in (history?.doubts ?? [:]).keys.sorted() {
      // Somebody looks, and says what is there.
      let happened = world.hasHappened(CallID(run: run, step: step))
      do throws(RunFailure) {
        try await runner.resolve(
          run, step: step, as: happened ? .happened : .didNot, by: "ops", of: Self.tenant)
        world.saw(.resolved)
      } catch { expect(error) }
    }
  }

  private func decideApprovals(of run: RunID) async {
    for pending in RunHistory(world.disk.events(of: run))?.pendingApprovals ?? [] {
      if world.chance.happens(200) {
        world.time.pass(6_000_000_000)
        world.saw(.expired)
      }
      let verdict: ApprovalVerdict
      switch world.chance.below(3) {
      case 0: verdict = .deny(reason: "no")
      case 1: verdict = .approve()
      default: verdict = .approve(arguments: Array(#"{"n":\#(world.number())}"#.utf8))
      }
      do throws(RunFailure) {
        try await runner.decide(run, step: pending.step, verdict, by: "ops", of: Self.tenant)
        switch verdict {
        case .approve(nil): world.saw(.approved)
        case .approve: world.saw(.edited)
        case .deny: world.saw(.denied)
        }
      } catch { expect(error) }
    }
  }

  /// Somebody takes the run over and gives it back, in a later life of the host perhaps.
  private func answerInPerson(in run: RunID) async {
    guard let waiting = RunHistory(world.disk.events(of: run))?.waitingPerson else { return }
    let person = Principal(tenant: Self.tenant, user: waiting.holder ?? world.chance.one(of: ["ada", "bob"]))
    do throws(RunFailure) {
      try await runner.takeOver(run, by: person)
      if world.goesWrong(200) { return }
      let text = world.chance.one(
        of: world.isCalm ? [nil, #"{"n":1}"#] : [nil, "by hand", "a secret", #"{"n":1}"#])
      try await runner.giveBack(run, text: text, by: person)
    } catch { expect(error) }
  }

  // MARK: Checks

  /// What somebody was told of a run has to be what the disk says of it.
  func check(_ outcome: FlowOutcome, of run: RunID) {
    guard !isDead else { return }
    let events = world.disk.events(of: run)
    switch outcome.status {
    case .succeeded, .cancelled, .limitReached:
      world.require(
        events.last?.kind == .runFinished && events.last?.json["text"]?.string == outcome.text,
        "the end of \(run) was told, \(outcome.status.rawValue), and is not on the disk")
    case .inDoubt:
      world.saw(.inDoubt)
      let listed = Set((RunHistory(events)?.doubts ?? [:]).keys)
      let open = world.disk.openIntents(of: run)
      world.require(!owns(run) || listed == open, "in doubt are \(open.sorted()), listed \(listed.sorted())")
      world.require(
        !owns(run) || world.disk.record(of: run)?.summary.status == .inDoubt,
        "\(run) is in doubt and not listed so")
    case .awaitingApproval, .awaitingPerson: world.saw(.asked)
    case .failed: break
    }
  }
}

extension SimulatedDisk {
  /// Calls that must not be repeated, that were begun, and that nobody knows the outcome of.
  func openIntents(of run: RunID) -> Set<UInt32> {
    var open: Set<UInt32> = []
    for event in events(of: run) {
      guard let step = event.step else { continue }
      if event.kind == .toolStarted, event.json["effect"]?.string == "non_idempotent" { open.insert(step) }
      if event.isOutcome || event.kind == .toolResolved { open.remove(step) }
    }
    return open
  }
}
