import PluginChecking
import ToolContracts

/// What `plugin check` prints for people.
struct CheckSheet {
  private let report: CheckReport
  private let isStrict: Bool
  private let console: Console

  init(_ report: CheckReport, isStrict: Bool, _ console: Console) {
    self.report = report
    self.isStrict = isStrict
    self.console = console
  }

  var lines: [String] { heading + rules.flatMap(lines(about:)) + [verdict] }

  /// In the order in which they were found to be broken, errors first.
  private var rules: [Rule] {
    let order: [Finding.Severity] = [.error, .warning, .note]
    return order.flatMap { severity in report.findings.filter { $0.severity == severity } }.reduce(into: []) {
      if !$0.contains($1.rule) { $0.append($1.rule) }
    }
  }

  private var heading: [String] {
    guard let descriptor = report.descriptor else { return [] }
    var facts = [counted(descriptor.functions.count, "function")]
    facts.append("\(counted(report.tried, "example")) answered")
    if let time = report.loadingTime { facts.append("loaded in \(Double(time / 100_000) / 10) ms") }
    var lines = ["\(descriptor.id) \(descriptor.version)  \(facts.joined(separator: ", "))"]
    if !report.needed.isEmpty { lines.append("needs \(printable(report.needed.joined(separator: ", ")))") }
    return lines
  }

  private func lines(about rule: Rule) -> [String] {
    report.findings.filter { $0.rule == rule }.map(line(of:)) + [
      "    \(rule.reason)", "    → \(rule.remedy)",
    ]
  }

  private func line(of finding: Finding) -> String {
    let (mark, style): (String, Console.Style) =
      switch finding.severity {
      case .error: ("✗", .red)
      case .warning: ("!", .yellow)
      case .note: ("·", .dim)
      }
    let text = "\(mark) \(printable(finding.place)): \(printable(finding.message)) [\(finding.rule.rawValue)]"
    return console.styled(text, style)
  }

  private var verdict: String {
    let (errors, warnings) = (report.count(of: .error), report.count(of: .warning))
    let found = [(errors, "error"), (warnings, "warning")].filter { $0.0 > 0 }.map { counted($0.0, $0.1) }
    if found.isEmpty { return console.styled("✓ nothing wrong", .green) }
    return (report.isGood(isStrict: isStrict) ? "✓ " : "") + found.joined(separator: ", ")
  }

  private func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
