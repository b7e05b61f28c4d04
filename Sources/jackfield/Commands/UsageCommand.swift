import JSONCodec
import Manifests
import ModelContracts
import Storage
import ToolContracts

extension CommandSpec {
  private static let grouping = OptionSpec(
    names: ["--by"], value: UsageReport.Grouping.allCases.map(\.rawValue).joined(separator: "|"),
    help: "what is summed up (default: model)", choices: UsageReport.Grouping.allCases.map(\.rawValue))
  private static let since = OptionSpec(
    names: ["--since"], value: "DAY|DURATION",
    help: "only what was used since then: 2026-01-31 (in UTC), or 24h (default: all that the journal has)")

  static let usage = CommandSpec(
    path: ["usage"], options: [grouping, since, .tenant, .output(["text", "json", "csv"])],
    summary: "sum up what model calls used and cost",
    discussion: """
      Summed up from the journal, so runs that were removed are not in it. What a call cost was recorded with it, by the price
      of its day. A model without a price has an unknown cost, which is told beside the sum. By tool, calls of tools are
      counted as well; by tenant, all tenants are, unless --tenant names one.
      """,
    examples: [
      "jackfield usage --by day --since 720h", "jackfield usage --by tenant -o csv",
      "jackfield usage --by user --since 2026-01-01 -o json",
    ],
    run: { (context) async throws(CommandFailure) in
      let name = context.arguments[grouping] ?? UsageReport.Grouping.model.rawValue
      let grouping = UsageReport.Grouping(rawValue: name) ?? .model
      let moment = try moment(context)
      let configuration = try Host.readManifests(context)
      let isOfAll = grouping == .tenant && context.arguments[.tenant] == nil
      let tenant = isOfAll ? nil : try Host.tenant(context.arguments[.tenant], in: configuration).name
      let journal = try Host.openJournal(context, configuration, log: Host.makeLog(context))
      do throws(StorageFailure) {
        let report = try await report(by: grouping, of: tenant, since: moment, in: journal)
        await journal.close()
        show(UsageSheet(report: report), context)
        return .ok
      } catch {
        await journal.close()
        throw CommandFailure(error)
      }
    })

  private static func moment(_ context: CommandContext) throws(CommandFailure) -> Int64 {
    guard let text = context.arguments[since] else { return .min }
    if let day = CivilDay(text) { return day.wallClock }
    guard let age = nanosecondsOfDuration(text) else {
      throw .usage("--since takes a day such as 2026-01-31 or a duration such as 24h, not \(text)")
    }
    let (moment, overflow) = SystemTime().wallClock().subtractingReportingOverflow(age)
    return overflow ? .min : moment
  }

  private static func report(
    by grouping: UsageReport.Grouping, of tenant: TenantID?, since moment: Int64,
    in journal: any EventSource
  ) async throws(StorageFailure) -> UsageReport {
    let pageLength = 1024
    var report = UsageReport(by: grouping, since: moment)
    var last: Int64 = 0
    while true {
      let page = try await journal.events(
        ofKinds: UsageReport.kinds, tenant: tenant, since: report.start, after: last, limit: pageLength)
      for event in page { report.add(event) }
      guard let end = page.last, page.count == pageLength else { return report }
      last = end.sequence
    }
  }

  private static func show(_ sheet: UsageSheet, _ context: CommandContext) {
    switch context.arguments[option: "--output"] {
    case "json": context.console.result(sheet.json.serialized())
    case "csv": context.console.piece(sheet.csv)
    default: sheet.print(on: context.console)
    }
  }
}
