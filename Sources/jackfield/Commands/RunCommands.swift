import JSONCodec
import Manifests
import Storage
import ToolContracts

extension CommandSpec {
  private static let limit = OptionSpec(
    names: ["-n", "--limit"], value: "N", help: "how many, the newest first (default: 20)")

  private static let open = OptionSpec(
    names: ["--open"], help: "only runs that are not finished: going on, or left by a host that stopped")
  private static let inDoubt = OptionSpec(
    names: ["--in-doubt"], help: "only runs that wait for a person to say what became of a call")

  static let runList = CommandSpec(
    path: ["run", "list"], options: [.tenant, limit, open, inDoubt, .output(["text", "json"])],
    summary: "list the newest runs of the tenant",
    examples: ["jackfield run list", "jackfield run list -n 100 -o json", "jackfield run list --in-doubt"],
    run: { (context) async throws(CommandFailure) in
      let count = try context.arguments[limit].map { (text) throws(CommandFailure) in
        guard let count = Int(text), (1...10_000).contains(count) else {
          throw .usage("--limit takes a number from 1 to 10000, not \(text)")
        }
        return count
      }
      return try await withJournal(context) { (journal, tenant) async throws(StorageFailure) in
        let runs =
          if context.arguments.has(inDoubt.name) || context.arguments.has(open.name) {
            try await unfinished(count ?? 20, of: tenant, in: journal) { run in
              run.status == .inDoubt || !context.arguments.has(inDoubt.name)
            }
          } else {
            try await journal.runs(tenant: tenant, limit: count ?? 20, before: nil)
          }
        if context.wantsJSON {
          context.console.result(JSONValue.array(runs.map(\.json)).serialized())
        } else {
          for run in runs { context.console.result(run.line) }
        }
        return .ok
      }
    })

  private static func unfinished(
    _ count: Int, of tenant: TenantID, in journal: any RunJournal, where isWanted: (RunSummary) -> Bool
  ) async throws(StorageFailure) -> [RunSummary] {
    let pageLength = 256
    var found: [RunSummary] = []
    var last: RunID?
    while found.count < count {
      let page = try await journal.unfinishedRuns(tenant: tenant, limit: pageLength, before: last)
      found += page.filter(isWanted)
      guard page.count == pageLength else { break }
      last = page.last?.run
    }
    return Array(found.prefix(count))
  }

  private static let timeline = OptionSpec(
    names: ["--timeline"], help: "who did what when, and at what cost")

  static let runShow = CommandSpec(
    path: ["run", "show"],
    arguments: [.run],
    options: [timeline, .tenant, .output(["text", "json", "svg"])],
    summary: "show what happened in a run, and when",
    discussion: """
      Calls have the number of their step and how many bytes the journal holds of it. With --timeline each call is a bar on the
      run's time, with what it took and what it cost; -o svg draws that as a picture, and -o json has it for programs, with the bytes of
      each step and of the run. Without --timeline, -o json prints the events.
      Exit codes: 0, 3 where the run is not what was recorded: it is shown all the same, 5 no such run.
      """,
    examples: [
      "jackfield run show RUN --timeline -o svg > run.svg",
      "jackfield run show 01kahq8p2w7v4t5n6r3m1c9d0e", "jackfield run show RUN -o json",
    ],
    run: { (context) async throws(CommandFailure) in
      let run = try context.runID()
      let found = try await withJournal(context) { (journal, tenant) async throws(StorageFailure) in
        guard let recorded = try await journal.record(of: run, tenant: tenant) else { return .notFound }
        let events = recorded.events
        if context.wantsJSON, context.arguments.has(timeline.name) {
          if let chart = RunChart(events) { context.console.result(chart.json.serialized()) }
        } else if context.wantsJSON {
          var writer = JSONWriter(reserving: 4096)
          writer.beginArray()
          for event in events { event.write(to: &writer) }
          writer.endArray()
          context.console.result(writer.bytes)
        } else if context.arguments[option: "--output"] == "svg" {
          if let chart = RunChart(events) { context.console.result(chart.svg) }
        } else if context.arguments.has(timeline.name) {
          RunChart(events)?.print(on: context.console)
        } else {
          RunTimeline(run: run, events: events).print(on: context.console)
        }
        return tell(of: recorded, context)
      }
      if found == .notFound { throw .runNotFound(run.description) }
      return found
    })

  /// What was shown or printed may not be what was recorded.
  static func tell(of recorded: RecordedRun, _ context: CommandContext) -> ExitCode {
    do throws(BrokenChain) { try recorded.verify() } catch {
      context.console.message("jackfield: the run is damaged: \(error.message)")
      return .findings
    }
    return .ok
  }

  /// Opens the journal alone: to look at runs needs no plugin.
  static func withJournal(
    _ context: CommandContext,
    _ body: (any RunJournal, TenantID) async throws(StorageFailure) -> ExitCode
  ) async throws(CommandFailure) -> ExitCode {
    let (configuration, tenant) = try Host.readConfiguration(context)
    let journal = try Host.openJournal(context, configuration, log: Host.makeLog(context))
    do throws(StorageFailure) {
      let code = try await body(journal, tenant.name)
      await journal.close()
      return code
    } catch {
      await journal.close()
      throw CommandFailure(error)
    }
  }
}
