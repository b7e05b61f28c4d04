import FlowEngine
import JSONCodec
import Storage
import ToolContracts

// What must hold of every run, whatever became of its hosts.
extension Simulation {
  func checkEnds() {
    for run in world.disk.runs { check(run) }
    for (call, effects) in world.effects { check(effects, of: call) }
    replayAll()
  }

  private func check(_ run: RunID) {
    let events = world.disk.events(of: run)
    for violation in RunInvariants(events, limits: flow.limits).violations {
      world.require(false, "\(run): \(violation)")
    }
    for (earlier, later) in zip(events, events.dropFirst()) where later.fence < earlier.fence {
      world.require(false, "\(run): event \(later.sequence) was written by a host that had lost the run")
    }
    see(events)
  }

  private func check(_ effects: [SimulatedWorld.Effect], of call: CallID) {
    let tool = effects[0].tool
    world.require(tool == "put" || effects.count == 1, "\(tool) \(call) happened \(effects.count) times")
    world.require(
      effects.allSatisfy { $0.arguments == effects[0].arguments },
      "\(tool) \(call) was repeated with other arguments under one key")
    world.require(
      world.disk.events(of: call.run).contains {
        $0.step == call.step && [.toolFinished, .toolResolved, .toolRejected].contains($0.kind)
      }, "\(tool) \(call) has happened, and the journal does not say what became of it")
  }

  /// Bit for bit, by a host that calls nothing and writes nothing.
  private func replayAll() {
    let host = newHost()
    for run in world.disk.runs {
      start {
        do throws(RunFailure) {
          let count = try await host.runner.replay(run, of: SimulatedHost.tenant)
          let recorded = host.world.disk.events(of: run).count
          host.world.require(count == recorded, "\(run): \(count) events replayed of \(recorded)")
        } catch {
          host.world.require(false, "\(run): \(error.code.rawValue): \(error.message)")
        }
      }
    }
    let before = world.disk.events
    drive()
    world.require(world.disk.events == before, "a replay has written something")
  }

  private func see(_ events: [JournalEvent]) {
    for event in events { if let sight = event.sight { world.saw(sight) } }
    for (event, next) in zip(events, events.dropFirst()) where event.kind == .modelRequested {
      if next.kind == .modelRequested, next.step == event.step, next.fence == event.fence {
        world.saw(.modelAskedTwiceAtOnce)
      }
    }
    switch events.last?.json["outcome"]?.string {
    case "succeeded": world.saw(.succeeded)
    case "failed": world.saw(.failed)
    case "cancelled": world.saw(.wasCancelled)
    case "limit_reached": world.saw(.limitReached)
    default: break
    }
  }
}

extension JournalEvent {
  /// What the journal alone tells.
  fileprivate var sight: SimulatedWorld.Sight? {
    switch kind {
    case .runLimitReached: .wrappedUp
    case .stageFinished: .stageFinished
    case .stageFailed: .stageFailed
    case .stageSkipped: .stageSkipped
    case .approvalDecided where json["stage"] != nil: .reviewed
    case .personRequested where json["code"] == "agent_request": .agentAskedForPerson
    case .personRequested where json["code"] == "stage_failed": .failedStageHandedToPerson
    case .personRequested: .handedToPerson
    case .personReturned: json["text"] == nil ? .givenBack : .answeredByPerson
    case .modelRetried: json["instead_of"] == nil ? .modelAskedAgain : .otherModelAsked
    default: nil
    }
  }
}
