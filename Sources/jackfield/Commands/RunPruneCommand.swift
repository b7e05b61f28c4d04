import JSONCodec
import Manifests
import Storage
import ToolContracts

extension CommandSpec {
  private static let age = OptionSpec(
    names: ["--older-than"], value: "DURATION",
    help: "such as 720h: counted from the end of a run (default: `runs: {keep: …}` of the host's manifest)")
  private static let count = OptionSpec(
    names: ["--keep-at-most"], value: "N",
    help: "keep the N runs that ended last (default: `runs: {keep_at_most: …}`)")
  private static let size = OptionSpec(
    names: ["--keep-at-most-bytes"], value: "N",
    help: "keep as many of the runs that ended last as hold N bytes together, by `run list -o json` "
      + "(default: `runs: {keep_at_most_bytes: …}`)")
  private static let rehearsal = OptionSpec(
    names: ["--dry-run"], help: "only say how much would be removed")

  static let runPrune = CommandSpec(
    path: ["run", "prune"], options: [age, count, size, rehearsal, .tenant],
    summary: "remove runs that ended long ago, with all their events",
    discussion: """
      A run that has not ended is never removed, and turns of a conversation only together. Where one of these options is given,
      the host's manifest does not count. The file keeps its size; what was freed is written again. What is to be kept elsewhere is
      exported before.
      """,
    examples: [
      "jackfield run prune --older-than 720h --dry-run", "jackfield run prune --keep-at-most 10000",
      "jackfield run prune",
    ],
    run: { (context) async throws(CommandFailure) in
      let (configuration, _) = try Host.readConfiguration(context)
      var retention = try asked(context)
      if retention.keepsAll { retention = RunRetention(configuration.host.runs) }
      guard !retention.keepsAll else {
        throw .usage(
          "run prune needs --older-than, --keep-at-most or --keep-at-most-bytes: the host's manifest does not say what "
            + "is kept")
      }
      return try await withJournal(context) { (journal, tenant) async throws(StorageFailure) in
        let moment = try await journal.endOfRetention(
          retention, of: tenant, now: SystemTime().wallClock())
        context.console.result(
          context.arguments.has(rehearsal.name)
            ? try await removable(of: tenant, endedBefore: moment ?? .min, in: journal)
            : "\(try await journal.removeRuns(of: tenant, endedBefore: moment ?? .min)) runs were removed")
        return .ok
      }
    })

  private static func asked(_ context: CommandContext) throws(CommandFailure) -> RunRetention {
    var retention = RunRetention()
    if let text = context.arguments[age] {
      guard let nanoseconds = nanosecondsOfDuration(text) else {
        throw .usage("--older-than takes a duration such as 720h, not \(text)")
      }
      retention.nanoseconds = nanoseconds
    }
    retention.count = try number(of: count, context)
    retention.bytes = try number(of: size, context)
    return retention
  }

  private static func number(
    of option: OptionSpec, _ context: CommandContext
  ) throws(CommandFailure) -> Int? {
    guard let text = context.arguments[option] else { return nil }
    guard let number = Int(text), number >= 0 else {
      throw .usage("\(option.name) takes a number, not \(text)")
    }
    return number
  }

  private static func removable(
    of tenant: TenantID, endedBefore moment: Int64, in journal: any RunJournal
  ) async throws(StorageFailure) -> String {
    let (runs, events, bytes) = try await journal.removableRuns(of: tenant, endedBefore: moment)
    return "\(runs) runs with \(events) events, \(bytes) B, would be removed"
  }
}
