import Testing

@testable import PluginChecking

/// The report is written in the process that the plugin runs in, so it may say anything.
@Suite struct TrialReportTests {
  private func parse(_ text: String) -> TrialReport { TrialReport(parsing: Array(text.utf8)) }

  @Test func aWholeReportIsRead() {
    let report = parse(
      """
      at open()
      measure entry_ns 1200
      finding memory_leak\twork\t1000 rounds leave 5 bytes
      answer 3 8
      {"a":
      1}
      end

      """)
    #expect(report.isWhole && !report.isNonsense)
    #expect(report.place == "open()")
    #expect(report.measures == ["entry_ns": 1200])
    #expect(report.findings == [Finding(.memoryLeak, at: "work", "1000 rounds leave 5 bytes")])
    #expect(report.answers.map { $0.function } == [3])
    #expect(report.answers.map { String(decoding: $0.json, as: UTF8.self) } == ["{\"a\":\n1}"])
  }

  @Test func aReportThatBreaksOffTellsWhereItWas() {
    let report = parse("at open()\nat work with its example {}\nfinding memory_l")
    #expect(!report.isWhole && !report.isNonsense)
    #expect(report.place == "work with its example {}")
    #expect(report.findings.isEmpty)
  }

  @Test(arguments: [
    "hello\n", "finding nothing_known\ta\tb\n", "finding memory_leak\ta\n", "measure load_ns soon\n",
    "answer 1 1000\n{}\nend\n", "answer -1 2\n{}\n", "answer 1 -2\n{}\n", "answer 1\n", "end of it\n",
  ])
  func whatNoCheckerWritesIsCalledNonsense(text: String) {
    #expect(parse(text).isNonsense)
  }
}
