import FlowEngine
import JSONCodec
import Manifests
import SQLiteStorage
import Storage
import ToolContracts

extension CommandSpec {
  private static let limit = OptionSpec(
    names: ["-n", "--limit"], value: "N", help: "how many, the newest first (default: 20)")
  private static let before = OptionSpec(
    names: ["--before"], value: "ID", help: "those before this one: the next page")
  private static let ofUser = OptionSpec(
    names: ["--user"], value: "U", help: "only those of this user")

  static let conversationList = CommandSpec(
    path: ["conversation", "list"], options: [limit, before, ofUser, .tenant, .output(["text", "json"])],
    summary: "list the conversations of the tenant",
    discussion: """
      A conversation is `active`, `answering`, `unanswered` (its host stopped), `awaiting_approval`, `waiting_for_person`, \
      `in_doubt` or `expired`. The JSON object has the list as `conversations`, and as `next` what --before takes for the \
      next page, or null.
      """,
    examples: ["jackfield conversation list", "jackfield conversation list --user ada -n 100 -o json"],
    run: { (context) async throws(CommandFailure) in
      let count = try context.count(limit)
      let cursor = try context.arguments[before].map { (text) throws(CommandFailure) in
        try ConversationID(asked: text)
      }
      let desk = try ConversationDesk(context)
      return try await withJournal(context) { (journal, tenant) async throws(StorageFailure) in
        let found = try await journal.conversations(
          tenant: tenant, user: context.arguments[ofUser], limit: count + 1, before: cursor)
        let page = found.prefix(count)
        let next = found.count > count ? page.last?.id : nil
        if context.wantsJSON {
          context.console.result(
            JSONValue.object([
              "conversations": .array(page.map { $0.json(desk.status(of: $0)) }),
              "next": next.map { .string($0.description) } ?? .null,
            ]).serialized())
        } else {
          for summary in page { context.console.result(summary.line(desk.status(of: summary))) }
          if let next { context.console.message("more: --before \(next)") }
        }
        return .ok
      }
    })

  static let conversationShow = CommandSpec(
    path: ["conversation", "show"], arguments: [.conversation],
    options: [limit, before, ofUser, .tenant, .output(["text", "json"])],
    summary: "show what was said in a conversation, and how it stands",
    discussion: """
      The newest turns (-n), in their order; --before takes a turn's run. Messages are read from the journals of the runs, of \
      the classes `user`, `assistant`, `tool_call`, `tool_result`, `handoff`, `system` and `summary`. What was taken back is \
      left out. The JSON object has `next` as `conversation list` has it.
      """,
    examples: ["jackfield conversation show ID", "jackfield conversation show ID -n 5 -o json"],
    run: { (context) async throws(CommandFailure) in
      let id = try context.conversationID()
      let count = try context.count(limit)
      let cursor = try context.arguments[before].map { (text) throws(CommandFailure) in
        guard let run = RunID(text) else { throw .runNotFound(text) }
        return run
      }
      let desk = try ConversationDesk(context)
      let code = try await withJournal(context) { (journal, tenant) async throws(StorageFailure) in
        let runs = try await journal.runs(of: id, tenant: tenant)
        guard let summary = ConversationSummary(id, runs),
          (context.arguments[ofUser] ?? summary.user) == summary.user
        else { return .notFound }
        let older = runs.filter { run in run.status != .withdrawn && cursor.map { run.run < $0 } ?? true }
        let page = older.suffix(count)
        var messages: [ConversationMessage] = []
        for run in page {
          messages += TurnTranscript(try await journal.events(of: run.run, tenant: tenant))?.messages ?? []
        }
        let next = older.count > page.count ? page.first?.run : nil
        let sheet = ConversationSheet(summary: summary, status: desk.status(of: summary), messages: messages)
        if context.wantsJSON {
          context.console.result(sheet.json(next: next).serialized())
        } else {
          sheet.print(on: context.console)
          if let next { context.console.message("more: --before \(next)") }
        }
        return .ok
      }
      if code == .notFound { throw .conversationNotFound(id.description) }
      return code
    })

  static let conversationUndo = CommandSpec(
    path: ["conversation", "undo"], arguments: [.conversation], options: [.tenant, .user],
    summary: "take the newest turn of a conversation back",
    discussion: """
      The next question follows on the turn before. The run stays in the journal, and what its calls did, they did: those \
      that have an effect are told.
      """,
    examples: ["jackfield conversation undo ID"],
    run: { (context) async throws(CommandFailure) in
      let id = try context.conversationID()
      return try await Host.use(context) { (host) async throws(CommandFailure) in
        let run = try await host.attempt { () async throws(RunFailure) in
          try await host.flows.withdrawTurn(of: id, by: host.principal)
        }
        context.console.message("run \(run) was taken back")
        for effect in await host.effects(of: run) { context.console.message("not undone: \(effect)") }
        return .ok
      }
    })
}

extension Host {
  /// What a run did that does not go away when it is taken back.
  func effects(of run: RunID) async -> [String] {
    let events = (try? await journal.events(of: run, tenant: principal.tenant)) ?? []
    return RunInvariants(events, limits: FlowLimits()).effects
  }
}

/// Tells how conversations stand, without a host: from the manifests, the leases and the clock.
struct ConversationDesk {
  private let leases: FileRunLeases
  private let configuration: Configuration
  private let now: Int64

  init(_ context: CommandContext) throws(CommandFailure) {
    configuration = try Host.readConfiguration(context).0
    leases = FileRunLeases(directory: try Locations(context.arguments).leases)
    now = SystemTime().wallClock()
  }

  func status(of summary: ConversationSummary) -> ConversationStatus {
    let settings = configuration.flow(summary.flow)?.conversation ?? ConversationSettings()
    return ConversationStatus(
      summary, isHeld: summary.newest.map { leases.isHeld($0.run) } ?? false,
      idleNanoseconds: settings.idleNanoseconds, now: now)
  }
}

extension CommandContext {
  fileprivate func count(_ option: OptionSpec) throws(CommandFailure) -> Int {
    guard let text = arguments[option] else { return 20 }
    guard let count = Int(text), (1...10_000).contains(count) else {
      throw .usage("--limit takes a number from 1 to 10000, not \(text)")
    }
    return count
  }
}
