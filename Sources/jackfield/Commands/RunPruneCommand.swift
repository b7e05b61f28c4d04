import JSONCodec
import Manifests
import Storage
import ToolContracts

extension CommandSpec {
  private static let age = OptionSpec(
    names: ["--older-than"], value: "DURATION",
    help: "such as 720h: counted from the end of a run (default: `runs: {keep: …}` of the host's manifest)")
  private static let rehearsal = OptionSpec(
    names: ["--dry-run"], help: "only say how many runs and events would be removed")

  static let runPrune = CommandSpec(
    path: ["run", "prune"], options: [age, rehearsal, .tenant],
    summary: "remove runs that ended long ago, with all their events",
    discussion: """
      A run that has not ended is never removed. The file keeps its size; what was freed is written again. What is to be kept
      elsewhere is exported before.
      """,
    examples: ["jackfield run prune --older-than 720h --dry-run", "jackfield run prune"],
    run: { (context) async throws(CommandFailure) in
      let (configuration, _) = try Host.readConfiguration(context)
      guard let keep = try nanosecondsOfAge(context) ?? configuration.host.runs.keepNanoseconds else {
        throw .usage("run prune needs --older-than: the host's manifest does not say how long runs are kept")
      }
      let (moment, overflow) = SystemTime().wallClock().subtractingReportingOverflow(keep)
      guard !overflow else { return .ok }
      return try await withJournal(context) { (journal, tenant) async throws(StorageFailure) in
        let found =
          context.arguments.has(rehearsal.name)
          ? try await removable(of: tenant, endedBefore: moment, in: journal)
          : try await remove(of: tenant, endedBefore: moment, in: journal)
        context.console.result(found)
        return .ok
      }
    })

  private static func nanosecondsOfAge(_ context: CommandContext) throws(CommandFailure) -> Int64? {
    guard let text = context.arguments[age] else { return nil }
    guard let nanoseconds = nanosecondsOfDuration(text) else {
      throw .usage("--older-than takes a duration such as 720h, not \(text)")
    }
    return nanoseconds
  }

  private static func removable(
    of tenant: TenantID, endedBefore moment: Int64, in journal: any RunJournal
  ) async throws(StorageFailure) -> String {
    var (runs, events) = (0, 0)
    var last: RunID?
    while true {
      let page = try await journal.runs(tenant: tenant, limit: 256, before: last)
      for run in page where run.finished.map({ $0 < moment }) ?? false {
        runs += 1
        events += run.eventCount
      }
      guard let end = page.last else { return "\(runs) runs with \(events) events would be removed" }
      last = end.run
    }
  }

  private static func remove(
    of tenant: TenantID, endedBefore moment: Int64, in journal: any RunJournal
  ) async throws(StorageFailure) -> String {
    var count = 0
    while true {
      let removed = try await journal.removeRuns(of: tenant, endedBefore: moment, limit: 64)
      count += removed
      if removed == 0 { return "\(count) runs were removed" }
    }
  }
}
