import Glibc
import Storage
import ToolContracts

// Conversations outside of their journal.
extension CommandSpec {
  static let conversationExport = CommandSpec(
    path: ["conversation", "export"], arguments: [.conversation], options: [.tenant],
    summary: "print a conversation's runs with their digests, for another journal or for keeping",
    discussion: """
      A line that names the conversation, then its runs as `run export` prints them, those that were taken back included. \
      Exit codes: 0, or 3 where a run is not what was recorded: it is printed all the same.
      """,
    examples: ["jackfield conversation export ID > conversation.ndjson"],
    run: { (context) async throws(CommandFailure) in
      let id = try context.conversationID()
      let code = try await withJournal(context) { (journal, tenant) async throws(StorageFailure) in
        var runs: [RecordedRun] = []
        for run in try await journal.runs(of: id, tenant: tenant) {
          if let recorded = try await journal.record(of: run.run, tenant: tenant) { runs.append(recorded) }
        }
        guard !runs.isEmpty else { return .notFound }
        context.console.piece(
          String(decoding: RecordedConversation(id, tenant: tenant, runs: runs).ndjson, as: UTF8.self))
        var code = ExitCode.ok
        for run in runs {
          do throws(BrokenChain) { try run.verify() } catch {
            context.console.message("jackfield: the run \(run.summary.run) is damaged: \(error.message)")
            code = .findings
          }
        }
        return code
      }
      if code == .notFound { throw .conversationNotFound(id.description) }
      return code
    })

  private static let file = ArgumentSpec(
    name: "FILE", help: "what `conversation export` printed; - reads it from stdin")

  static let conversationImport = CommandSpec(
    path: ["conversation", "import"], arguments: [file], options: [.tenant],
    summary: "take over a conversation that was exported",
    discussion: """
      Nothing is taken over unless every digest is right, every run has ended and is the tenant's. Runs that the journal has \
      already, as they are, are left; so an import that was cut off is ended by repeating it.
      Exit codes: 0, 1 it cannot be, 3 it is no conversation or not what was recorded.
      """,
    examples: ["jackfield conversation import conversation.ndjson"],
    run: { (context) async throws(CommandFailure) in
      let path = context.arguments.arguments[0]
      let recorded: RecordedConversation
      let text = try readFile(path)
      do throws(UnreadableRun) { recorded = try RecordedConversation(ndjson: text) } catch {
        throw CommandFailure("run_unreadable", "\(path): \(error.message)", .findings)
      }
      for run in recorded.runs {
        do throws(BrokenChain) { try run.verify() } catch {
          throw CommandFailure(
            "run_damaged", "the run \(run.summary.run) is not what was recorded: \(error.message)", .findings)
        }
        guard run.summary.finished != nil else {
          throw CommandFailure("run_is_unfinished", "the run \(run.summary.run) has not ended", .failed)
        }
      }
      let code = try await withJournal(context) { (journal, tenant) async throws(StorageFailure) in
        guard recorded.tenant == tenant else { return .denied }
        for run in recorded.runs {
          let before = try await journal.record(of: run.summary.run, tenant: tenant)
          if let before, before.head == run.head { continue }
          try await journal.restore(run)
        }
        context.console.message("conversation \(recorded.id), \(recorded.runs.count) runs")
        return .ok
      }
      if code == .denied {
        throw CommandFailure("wrong_tenant", "the conversation is another tenant's: see --tenant", .denied)
      }
      return code
    })
}
