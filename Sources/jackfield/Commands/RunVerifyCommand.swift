import JSONCodec
import Storage
import ToolContracts

extension CommandSpec {
  private static let archive = OptionSpec(
    names: ["--file"], value: "FILE", help: "check what `run export` printed instead; - reads it from stdin")

  static let runVerify = CommandSpec(
    path: ["run", "verify"],
    arguments: [
      ArgumentSpec(name: "RUN", help: "one run; without it, all of the tenant's", isOptional: true)
    ],
    options: [archive, .tenant, .output(["text", "json"])],
    summary: "check that runs are what was recorded, event for event",
    discussion: """
      Prints the digest of each run's last event, which stands for the whole run: kept in another place, it shows later
      whether somebody has changed the run and its digests. Events that format 1 of the journal wrote have none.
      Without RUN the whole file is checked first. Exit codes: 0 all are, 1 the file is damaged, 3 a run is not, 5 no such run.
      """,
    examples: [
      "jackfield run verify", "jackfield run verify RUN -o json", "jackfield run verify --file run.ndjson",
    ],
    run: { (context) async throws(CommandFailure) in
      let asked = context.arguments.arguments.isEmpty ? nil : try context.runID()
      if let file = context.arguments[archive] {
        guard asked == nil else { throw .usage("RUN and --file are two things to check: give one of them") }
        return report([RunVerdict(try readRun(file))], context)
      }
      let code = try await withJournal(context) { (journal, tenant) async throws(StorageFailure) in
        guard let asked else {
          try await journal.check()
          return report(try await verdicts(on: tenant, journal), context)
        }
        guard let verdict = try await verdict(on: asked, tenant, journal) else { return .notFound }
        return report([verdict], context)
      }
      if code == .notFound, let asked { throw .runNotFound(asked.description) }
      return code
    })

  private static func verdicts(
    on tenant: TenantID, _ journal: any RunJournal
  ) async throws(StorageFailure) -> [RunVerdict] {
    var verdicts: [RunVerdict] = []
    var last: RunID?
    while true {
      let page = try await journal.runs(tenant: tenant, limit: 256, before: last)
      for summary in page {
        if let verdict = try await verdict(on: summary.run, tenant, journal) { verdicts.append(verdict) }
      }
      guard let end = page.last else { return verdicts }
      last = end.run
    }
  }

  /// - Returns: nil where there is no such run.
  private static func verdict(
    on run: RunID, _ tenant: TenantID, _ journal: any RunJournal
  ) async throws(StorageFailure) -> RunVerdict? {
    do throws(StorageFailure) {
      return try await journal.record(of: run, tenant: tenant).map { RunVerdict($0) }
    } catch {
      guard error.code == .corrupt else { throw error }
      return RunVerdict(run: run, damage: error.message)
    }
  }

  private static func report(_ verdicts: [RunVerdict], _ context: CommandContext) -> ExitCode {
    if context.wantsJSON {
      context.console.result(JSONValue.array(verdicts.map(\.json)).serialized())
    } else {
      for verdict in verdicts { context.console.result(verdict.line) }
    }
    return verdicts.contains { $0.damage != nil } ? .findings : .ok
  }
}

/// Whether one run is what was recorded.
private struct RunVerdict {
  let run: RunID
  var events = 0
  /// How many of them have no digest.
  var undigested = 0
  var digest: EventDigest?
  /// Nil where nothing is wrong.
  var damage: String?

  init(run: RunID, damage: String) {
    self.run = run
    self.damage = damage
  }

  init(_ recorded: RecordedRun) {
    run = recorded.summary.run
    events = recorded.events.count
    undigested = recorded.undigested
    digest = recorded.head
    do { try recorded.verify() } catch { damage = error.message }
  }

  var line: String {
    if let damage { return "\(run)  damaged: \(printable(damage))" }
    let without = undigested > 0 ? ", \(undigested) without a digest" : ""
    return "\(run)  \(digest?.description ?? "no digest")  \(events) events\(without)"
  }

  var json: JSONValue {
    var object: JSONObject = [
      "run_id": .string(run.description), "events": .int(events), "undigested": .int(undigested),
    ]
    object["digest"] = digest.map { .string($0.description) }
    object["damage"] = damage.map { .string($0) }
    return .object(object)
  }
}
