import FlowEngine
import ModelContracts
import Storage
import ToolContracts

// What is no question: lines that begin with a slash.
extension Chat {
  private static let help = """
    /why    why something was called, refused or handed over in the last turn
    /cost   tokens and money, of the last turn and of the conversation, what was taken back included
    /undo   takes the last turn back; what its calls did, they did
    /help   this
    /quit   leaves, as Ctrl-D does
    Ctrl-C ends the turn that is under way.
    """

  /// - Returns: whether somebody leaves.
  mutating func obey(_ line: String) async -> Bool {
    switch line {
    case "/quit", "/exit": return true
    case "/help": context.console.result(Chat.help)
    case "/why": await explain()
    case "/cost": await account()
    case "/undo": await undo()
    default: context.console.message("there is no \(printable(line)): /help says what there is")
    }
    return false
  }

  private func explain() async {
    guard let lastRun else { return context.console.message("nothing was asked yet") }
    let events = (try? await host.journal.events(of: lastRun, tenant: host.principal.tenant)) ?? []
    let reasons = TurnReasons(events).lines
    for line in reasons { context.console.result("  \(line)") }
    if reasons.isEmpty { context.console.result("  nothing was called, refused or handed over") }
  }

  private func account() async {
    guard let conversation else { return context.console.message("nothing was asked yet") }
    // What was taken back was paid for all the same.
    let all = await events(of: conversation, withdrawnToo: true)
    let last = lastRun.map { run in [("last turn", all.filter { $0.run == run })] } ?? []
    for (what, events) in last + [("conversation", all)] {
      var report = UsageReport(by: .model)
      for event in events { report.add(event) }
      context.console.result("  \(padded(what, 14))\(words(of: report.total))")
    }
  }

  private func words(of row: UsageReport.Row) -> String {
    let calls = row.calls == 1 ? "1 model call" : "\(row.calls) model calls"
    let costs = row.costs.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    let unknown = row.unpriced == 0 ? [] : ["\(row.unpriced) of unknown cost"]
    let kept = row.cached == 0 ? [] : ["\(row.cached) answered from the cache"]
    return ([calls, "\(row.usage.input) tokens in", "\(row.usage.output) out"] + costs + unknown + kept)
      .joined(separator: ", ")
  }

  private mutating func undo() async {
    guard let conversation else { return context.console.message("nothing was asked yet") }
    let (flows, principal) = (host.flows, host.principal)
    do throws(CommandFailure) {
      let run = try await host.attempt { () async throws(RunFailure) in
        try await flows.withdrawTurn(of: conversation, by: principal)
      }
      context.console.message("the last turn was taken back")
      for effect in await host.effects(of: run) { context.console.message("not undone: \(effect)") }
      lastRun = try? await flows.summary(of: conversation, for: principal).newest?.run
    } catch { context.console.message("jackfield: \(printable(error.message))") }
  }
}
