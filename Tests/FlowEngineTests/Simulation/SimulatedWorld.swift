import Invocation
import JSONCodec
import Storage
import ToolContracts

/// What of one seed outlives a host: the disk, the effects that tools have had, the people, and chance itself.
final class SimulatedWorld: @unchecked Sendable {
  // @unchecked: only the thread that steps the lanes comes here.

  /// What a seed may come to. All of them together are what the simulation looks at.
  enum Sight: String, CaseIterable {
    case commitRefused, commitWrittenAndFailed, diedBeforeCommit, diedAfterCommit
    case diedBeforeEffect, diedAfterEffect, diedBetween, leaseLost, takenOver, recovered
    case toolFailed, toolNeverAnswered, toolAnsweredLate, modelFailed, modelMisbehaved
    case cancelled, cancelledFromElsewhere, inDoubt, reconciled, reconciledAsNotHappened, resolved
    case asked, approved, edited, denied, expired, repeated
    case handedOver, delegated, repaired, guardrailTripped, wrappedUp
    case stageFinished, stageFailed, stageSkipped, reviewed
    case handedToPerson, answeredByPerson, givenBack, agentAskedForPerson, failedStageHandedToPerson
    case modelAnsweredLate, modelAskedAgain, otherModelAsked, modelAskedTwiceAtOnce
    case succeeded, failed, wasCancelled, limitReached
  }

  /// What a tool did in the world.
  struct Effect: Equatable {
    let tool: String
    let arguments: [UInt8]
    let attempt: UInt32
  }

  let seed: UInt64
  let habits: Habits
  var chance: Chance
  let time: SimulatedTime
  let lanes: SteppedLanes
  let leases = MemoryRunLeases()
  var disk = SimulatedDisk()
  private(set) var effects: [CallID: [Effect]] = [:]
  /// Attempts that the plugin has said will have no effect any more.
  private(set) var givenUp: [CallID: UInt32] = [:]
  private(set) var violations: [String] = []
  private(set) var sights: Set<Sight> = []
  /// Nothing goes wrong any more: now every run has to come to its end.
  var isCalm = false
  private var count = 0

  init(seed: UInt64, lanes: SteppedLanes, time: SimulatedTime) {
    self.seed = seed
    self.lanes = lanes
    self.time = time
    chance = Chance(seed: seed)
    habits = Habits(&chance)
  }

  func goesWrong(_ perMille: Int) -> Bool { !isCalm && chance.happens(perMille) }

  /// A number that is given once.
  func number() -> Int {
    count += 1
    return count
  }

  func saw(_ sight: Sight) { sights.insert(sight) }

  func require(_ holds: Bool, _ words: @autoclosure () -> String) {
    if !holds { violations.append(words()) }
  }

  /// Others may come first.
  func letOthersGo() async { for _ in 0..<chance.below(4) { await Task.yield() } }

  // MARK: Effects

  func happened(_ call: CallID, _ effect: Effect) {
    if effects[call] != nil { saw(.repeated) }
    effects[call, default: []].append(effect)
  }

  func hasHappened(_ call: CallID) -> Bool { effects[call] != nil }

  func giveUp(_ call: CallID, until attempt: UInt32) { givenUp[call] = attempt }
}
