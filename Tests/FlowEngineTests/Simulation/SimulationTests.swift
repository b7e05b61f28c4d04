import FlowEngine
import Glibc
import Invocation
import Storage
import TestSupport
import Testing
import ToolContracts

/// Runs through storage that fails, hosts that die, tools and models that do as they like: the promises hold in each of the
/// worlds that a seed can make.
///
///     JACKFIELD_SIMULATION_SEED=4711   this one alone, with its journal
///     JACKFIELD_SIMULATION_SEEDS=3001-9000   these instead
///     JACKFIELD_LONG=1                 a hundred thousand
@Suite(.leavesNothingBehind) struct SimulationTests {
  private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  private static var seeds: ClosedRange<UInt64> {
    if let seed = environment("JACKFIELD_SIMULATION_SEED").flatMap({ UInt64($0) }) { return seed...seed }
    let bounds =
      environment("JACKFIELD_SIMULATION_SEEDS")?.split(separator: "-").compactMap { UInt64($0) } ?? []
    if bounds.count == 2, bounds[0] <= bounds[1] { return bounds[0]...bounds[1] }
    return 1...(environment("JACKFIELD_LONG") == "1" ? 100_000 : 3000)
  }

  /// What became of some seeds.
  private struct Report: Sendable {
    var failures: [String] = []
    var sights: Set<SimulatedWorld.Sight> = []
    var journals: [[JournalEvent]] = []
  }

  /// One after the other, on a thread that waits for nobody.
  private func simulate(_ seeds: some Collection<UInt64> & Sendable, keepingJournals: Bool = false)
    async throws -> Report
  {
    let flows = try SimulatedFlows()
    return await withCheckedContinuation { continuation in
      onNewThread {
        let time = SimulatedTime()
        let lanes = SteppedLanes(time: time)
        var report = Report()
        for seed in seeds where keepingJournals || report.failures.count < 5 {
          let simulation = Simulation(seed: seed, flows: flows, lanes: lanes, time: time)
          let violations = simulation.violations()
          report.sights.formUnion(simulation.world.sights)
          if keepingJournals { report.journals.append(simulation.world.disk.events) }
          guard !violations.isEmpty else { continue }
          report.failures.append(
            "JACKFIELD_SIMULATION_SEED=\(seed): \(violations.joined(separator: "\n"))")
        }
        continuation.resume(returning: report)
      }
    }
  }

  @Test func inEveryWorldThatASeedMakesThePromisesHold() async throws {
    let isAlone = Self.seeds.count == 1
    let report = try await simulate(Self.seeds, keepingJournals: isAlone)
    for failure in report.failures { Issue.record("\(failure)") }
    if isAlone { return report.journals.joined().forEach { print($0.line) } }
    // What never happens proves nothing.
    #expect(Set(SimulatedWorld.Sight.allCases).subtracting(report.sights) == [])
  }

  @Test func oneSeedIsOneJournalBitForBit() async throws {
    let seeds: [UInt64] = Array(1...40)
    let first = try await simulate(seeds, keepingJournals: true)
    let again = try await simulate(seeds.reversed(), keepingJournals: true)
    #expect(first.journals.count == 40)
    for (seed, journals) in zip(seeds, zip(first.journals, again.journals.reversed())) {
      let difference = zip(journals.0, journals.1).first { $0 != $1 }
      let isSame = difference == nil && journals.0.count == journals.1.count
      #expect(isSame, "seed \(seed): \(difference.map { "\($0.line)\n\($1.line)" } ?? "")")
    }
  }
}

extension JournalEvent {
  fileprivate var line: String {
    "\(time % 1_000_000_000_000) \(run) \(fence) \(turn) \(agent) \(kind.rawValue) \(step.map { "\($0)" } ?? "-") "
      + String(decoding: data, as: UTF8.self)
  }
}
