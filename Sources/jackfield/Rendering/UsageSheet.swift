import JSONCodec
import ModelContracts
import Storage

/// What was used, as people and as programs read it.
struct UsageSheet {
  let report: UsageReport

  private var rows: [(key: String, row: UsageReport.Row)] {
    report.rows.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  // MARK: JSON

  var json: JSONValue {
    [
      "by": .string(report.grouping.rawValue), "total": json(report.total),
      "rows": .array(
        rows.map { key, row in
          guard case .object(var object) = json(row) else { return .null }
          object[report.grouping.rawValue] = .string(key)
          return .object(object)
        }),
    ]
  }

  private func json(_ row: UsageReport.Row) -> JSONValue {
    [
      "calls": .int(row.calls), "failures": .int(row.failures), "cached_answers": .int(row.cached),
      "input_tokens": .int(Int(row.usage.input)), "cached_input_tokens": .int(Int(row.usage.cachedInput)),
      "cache_write_tokens": .int(Int(row.usage.cacheWrite)), "output_tokens": .int(Int(row.usage.output)),
      "reasoning_tokens": .int(Int(row.usage.reasoning)),
      "cost": amounts(row.costs),
      "saved_tokens": .int(Int(row.savedUsage.total)), "saved_cost": amounts(row.savedCosts),
      "calls_of_unknown_cost": .int(row.unpriced), "duration_us": .int(Int(row.microseconds)),
    ]
  }

  private func amounts(_ costs: [String: Money]) -> JSONValue {
    .object(JSONObject(uniqueKeysWithValues: costs.map { ($0.key, .string($0.value.description)) }))
  }

  // MARK: CSV

  /// As RFC 4180 has it. Where there are several currencies, each has a line.
  var csv: String {
    let head =
      "\(report.grouping.rawValue),calls,failures,cached_answers,input_tokens,cached_input_tokens,"
      + "cache_write_tokens,output_tokens,reasoning_tokens,cost,currency,calls_of_unknown_cost,duration_us,"
      + "saved_tokens,saved_cost"
    return ([head] + rows.flatMap { key, row in lines(key, row) }).map { $0 + "\r\n" }.joined()
  }

  private func lines(_ key: String, _ row: UsageReport.Row) -> [String] {
    let currencies = Set(row.costs.keys).union(row.savedCosts.keys).sorted()
    let usage = row.usage
    let counts = [
      Int64(row.calls), Int64(row.failures), Int64(row.cached), usage.input, usage.cachedInput,
      usage.cacheWrite, usage.output, usage.reasoning,
    ].map { "\($0)" }
    func line(_ counts: [String], _ currency: String, _ rest: [String]) -> String {
      let cost = row.costs[currency]?.description ?? ""
      let saved = row.savedCosts[currency]?.description ?? ""
      return ([quoted(key)] + counts + [cost, currency] + rest + [saved]).joined(separator: ",")
    }
    let rest = ["\(row.unpriced)", "\(row.microseconds)", "\(row.savedUsage.total)"]
    return [line(counts, currencies.first ?? "", rest)]
      + currencies.dropFirst().map { line(counts.map { _ in "0" }, $0, ["0", "0", "0"]) }
  }

  private func quoted(_ text: String) -> String {
    guard text.contains(where: { ",\"\r\n".contains($0) || $0 == "\r\n" }) else { return text }
    return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
      + "\""
  }

  // MARK: Text

  func print(on console: Console) {
    let names = rows.map { $0.key.isEmpty ? "-" : printable($0.key) }
    let width = max(12, names.map(\.count).max() ?? 0) + 2
    console.result(
      padded(report.grouping.rawValue, width) + aligned("calls") + aligned("failed") + aligned("input")
        + aligned("cached") + aligned("output") + aligned("reasoning") + "  cost")
    for (name, row) in zip(names, rows.map(\.row)) { console.result(line(name, row, width)) }
    if rows.count > 1 { console.result(line("all", report.total, width)) }
  }

  private func line(_ name: String, _ row: UsageReport.Row, _ width: Int) -> String {
    let counts: [Int64] = [
      Int64(row.calls), Int64(row.failures), row.usage.input, row.usage.cachedInput, row.usage.output,
      row.usage.reasoning,
    ]
    return padded(name, width) + counts.map { aligned("\($0)") }.joined() + "  " + costText(row)
  }

  /// What is not known is said, never left out of a sum in silence.
  private func costText(_ row: UsageReport.Row) -> String {
    var parts = texts(row.costs)
    if row.unpriced > 0 { parts.append("unknown of \(row.unpriced)") }
    let cost = parts.isEmpty ? "-" : parts.joined(separator: " + ")
    if row.cached == 0 { return cost }
    let saved = ["\(row.savedUsage.total) tokens"] + texts(row.savedCosts)
    return "\(cost); \(row.cached) from the cache, saved \(saved.joined(separator: ", "))"
  }

  private func texts(_ costs: [String: Money]) -> [String] {
    costs.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
  }

  private func aligned(_ text: String) -> String {
    String(repeating: " ", count: max(1, 11 - text.count)) + text
  }
}
