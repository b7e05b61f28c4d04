import Glibc
import JSONCodec
import Storage
import ToolContracts

// Runs outside of their journal.
extension CommandSpec {
  /// No run that anybody has seen comes near.
  private static let maxFileBytes = 1 << 30
  private static let file = ArgumentSpec(
    name: "FILE", help: "what `run export` printed; - reads it from stdin")

  static let runExport = CommandSpec(
    path: ["run", "export"], arguments: [.run], options: [.tenant],
    summary: "print a run with its digests, for another journal or for keeping",
    discussion: """
      One JSON object a line: the run, then its events (docs/journal.md). It holds everything, details for the operator
      included. Exit codes: 0, or 3 where the run is not what was recorded: it is printed all the same.
      """,
    examples: ["jackfield run export RUN > run.ndjson"],
    run: { (context) async throws(CommandFailure) in
      let run = try context.runID()
      let code = try await withJournal(context) { (journal, tenant) async throws(StorageFailure) in
        guard let recorded = try await journal.record(of: run, tenant: tenant) else { return .notFound }
        context.console.piece(String(decoding: recorded.ndjson, as: UTF8.self))
        return tell(of: recorded, context)
      }
      if code == .notFound { throw .runNotFound(run.description) }
      return code
    })

  private static let unfinished = OptionSpec(
    names: ["--unfinished"],
    help: "although it has not ended: it will be gone on with here, so its own host must not have it any more"
  )

  static let runImport = CommandSpec(
    path: ["run", "import"], arguments: [file], options: [unfinished, .tenant, .output(["text", "json"])],
    summary: "take over a run that was exported",
    discussion: """
      Nothing is taken over unless every digest is right, the run is the tenant's, and the journal has none of its name.
      Exit codes: 0, 1 it cannot be, 3 it is no run or not what was recorded.
      """,
    examples: [
      "jackfield run import run.ndjson", "ssh there jackfield run export RUN | jackfield run import -",
    ],
    run: { (context) async throws(CommandFailure) in
      let recorded = try readRun(context.arguments.arguments[0])
      do throws(BrokenChain) { try recorded.verify() } catch {
        throw CommandFailure("run_damaged", "the run is not what was recorded: \(error.message)", .findings)
      }
      if recorded.summary.finished == nil, !context.arguments.has(unfinished.name) {
        throw CommandFailure(
          "run_is_unfinished", "the run has not ended: see --unfinished", .failed)
      }
      let code = try await withJournal(context) { (journal, tenant) async throws(StorageFailure) in
        guard recorded.summary.tenant == tenant else { return .denied }
        try await journal.restore(recorded)
        if context.wantsJSON {
          var object = recorded.summary.json.object ?? [:]
          object["undigested"] = .int(recorded.undigested)
          context.console.result(JSONValue.object(object).serialized())
        } else {
          let without = recorded.undigested > 0 ? ", \(recorded.undigested) without a digest" : ""
          context.console.message("run \(recorded.summary.run), \(recorded.events.count) events\(without)")
        }
        return .ok
      }
      if code == .denied {
        throw CommandFailure("wrong_tenant", "the run is another tenant's: see --tenant", .denied)
      }
      return code
    })

  /// Whether it is what was recorded is for `verify` to say.
  static func readRun(_ path: String) throws(CommandFailure) -> RecordedRun {
    let text = try readFile(path)
    do { return try RecordedRun(ndjson: text) } catch {
      throw CommandFailure("run_unreadable", "\(path): \(error.message)", .findings)
    }
  }

  /// - Parameter path: `-` for stdin.
  static func readFile(_ path: String) throws(CommandFailure) -> [UInt8] {
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw CommandFailure("unreadable", "cannot read \(path): \(String(cString: strerror(errno)))", .usage)
    }
    defer { if path != "-" { close(descriptor) } }
    return try readAll(descriptor, most: maxFileBytes)
  }
}
