import FlowEngine
import Invocation
import Storage
import ToolContracts

/// One seed: runs that begin in one host, are cut off, and go on in others, until all have ended.
///
/// All of it happens on the calling thread: the lanes have none of their own, time passes where `drive` lets it, and every
/// choice, of tasks too, is the seed's.
final class Simulation {
  /// After so many hosts nothing fails any more, and after so many more every run must have ended.
  private static let stormyHosts = 5
  private static let calmHosts = 12
  private static let mostSteps = 200_000

  let world: SimulatedWorld
  let flow: FlowDefinition
  private let runs: [RunID]
  private var hosts: [SimulatedHost] = []
  /// Tasks that have not ended.
  private let open = OpenTasks()

  init(seed: UInt64, flows: SimulatedFlows, lanes: SteppedLanes, time: SimulatedTime) {
    time.startAnew()
    world = SimulatedWorld(seed: seed, lanes: lanes, time: time)
    flow = flows.one(by: &world.chance)
    runs = (1...UInt128(world.chance.among(1...2))).map { RunID(milliseconds: 7, randomness: $0) }
  }

  /// - Returns: what did not hold.
  func violations() -> [String] {
    begin()
    for host in 0..<Self.stormyHosts + Self.calmHosts where !unfinished.isEmpty && isInOrder {
      world.isCalm = host >= Self.stormyHosts
      goOn()
    }
    world.isCalm = true
    world.require(unfinished.isEmpty, "\(unfinished.count) runs do not end")
    if isInOrder { checkEnds() }
    rest()
    return world.violations
  }

  private var isInOrder: Bool { world.violations.isEmpty }

  private var unfinished: [RunID] { world.disk.unfinished }

  func newHost() -> SimulatedHost {
    let host = SimulatedHost(world, flow)
    hosts.append(host)
    return host
  }

  // MARK: Lives

  private func begin() {
    let (host, flow) = (newHost(), flow.name)
    for run in runs {
      start { host.check(await host.run(flow, as: run), of: run) }
    }
    drive()
  }

  private func goOn() {
    endHosts()
    let host = newHost()
    if world.chance.happens(150) {
      // It stays, and nobody answers.
      host.runner.expireQuestions()
      start { await host.linger() }
    }
    if world.chance.happens(200) {
      world.saw(.recovered)
      start { _ = await host.runner.recover(SimulatedHost.tenant) { host.isDead } }
    } else {
      for run in unfinished { start { await host.goOn(with: run) } }
    }
    drive()
  }

  func start(_ body: @escaping @Sendable () async -> Void) {
    let open = open
    open.count += 1
    Task(executorPreference: world.lanes.pool) {
      await body()
      open.count -= 1
    }
  }

  // MARK: Time and order

  /// What a timer began belongs to nobody's task.
  private var isHeld: Bool { world.disk.runs.contains { world.leases.isHeld($0) } }

  /// Until every task has ended, and nobody has a run any more.
  func drive() {
    var steps = 0
    while open.count > 0 || isHeld, world.violations.count < 10 {
      steps += 1
      let isMoving = happen()
      guard isMoving, steps < Self.mostSteps else {
        return world.require(false, isMoving ? "the runs never come to rest" : "the runs wait for nothing")
      }
    }
  }

  /// - Returns: whether anything did, or will.
  private func happen() -> Bool {
    disturb()
    let world = world
    if world.lanes.step({ world.chance.below($0) }) {
      world.time.pass(world.chance.below(20_000))
      // Like the watchdog of the lanes, now and then.
      if world.chance.happens(60) { world.lanes.meetDeadlines() }
      return true
    }
    guard let next = world.lanes.nextMoment else { return false }
    // Within 50 ms of their append, traces are written without anybody asking.
    for host in hosts where !host.isDead && !host.queue.isEmpty { host.write() }
    world.time.pass(until: next)
    world.lanes.meetDeadlines()
    return true
  }

  private func disturb() {
    let habits = world.habits
    for host in hosts where host.isDead { host.cancelAll() }
    guard !world.isCalm, let host = hosts.first, !host.isDead else { return }
    if world.goesWrong(habits.hostDiesAtAnyMoment) {
      host.die(.diedBetween)
    } else if world.goesWrong(habits.runIsCancelled) {
      cancel(in: host)
    } else if hosts.count == 1, world.goesWrong(habits.runIsTakenOver), let run = unfinished.first {
      takeOver(run)
    }
  }

  private func cancel(in host: SimulatedHost) {
    if world.chance.happens(500) {
      world.saw(.cancelled)
      host.cancelAll()
    } else if let run = unfinished.first {
      world.saw(.cancelledFromElsewhere)
      world.leases.requestCancellation(of: run)
    }
  }

  /// The first host hangs, as somebody else sees it. It does not know.
  private func takeOver(_ run: RunID) {
    world.saw(.takenOver)
    let host = newHost()
    start { await host.takeUp(run, takingOver: true) }
  }

  /// Leaves nothing for the next seed.
  private func rest() {
    for host in hosts where !host.isDead { host.die(.diedBetween) }
    for host in hosts { host.cancelAll() }
    var steps = 0
    while steps < Self.mostSteps, happen() { steps += 1 }
    endHosts()
  }

  private func endHosts() {
    for host in hosts { host.end() }
    hosts = []
  }
}

final class OpenTasks: @unchecked Sendable {
  // @unchecked: only the thread that steps the lanes comes here.
  var count = 0
}
