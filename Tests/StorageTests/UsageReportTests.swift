import ModelContracts
import Storage
import Testing
import ToolContracts

struct UsageReportTests {
  private let day: Int64 = 86_400_000_000_000

  private func answered(
    _ model: String = "gpt-5", cost: String? = #""0.5""#, user: String = "ada", time: Int64 = 0,
    in run: RunID = run(1), tenant: TenantID = acme, more: String = ""
  ) -> JournalEvent {
    event(
      .modelCompleted, in: run, tenant: tenant, time: time, agent: "triage", step: 1,
      """
      {"tool":"openai.chat","status":"ok","result":{"usage":{"inputTokens":100,"outputTokens":10}},
      "model":"\(model)","cost":\(cost ?? "null"),"currency":"USD","user":"\(user)","duration_us":7\(more)}
      """)
  }

  private func report(_ grouping: UsageReport.Grouping, _ events: [JournalEvent]) -> UsageReport {
    var report = UsageReport(by: grouping)
    for event in events { report.add(event) }
    return report
  }

  @Test func sumsWhatEachModelUsed() {
    let report = report(.model, [answered(), answered(), answered("o3", cost: nil)])
    #expect(Set(report.rows.keys) == ["openai gpt-5", "openai o3"])
    let known = report.rows["openai gpt-5"]
    #expect(known?.calls == 2 && known?.usage == TokenUsage(input: 200, output: 20) && known?.unpriced == 0)
    #expect(known?.costs == ["USD": Money("1")!])
    // Unknown is not nothing.
    #expect(report.rows["openai o3"]?.costs == [:] && report.rows["openai o3"]?.unpriced == 1)
    #expect(report.total.calls == 3 && report.total.unpriced == 1 && report.total.microseconds == 21)
  }

  @Test(arguments: [
    (UsageReport.Grouping.tenant, ["acme", "globex"]), (.user, ["ada", "bob"]), (.agent, ["triage"]),
    (.day, ["1970-01-01", "1970-01-02"]), (.tool, ["openai.chat"]), (.conversation, [""]),
    (.run, [run(1).description, run(2).description]),
  ])
  func sumsByWhatIsAskedFor(_ grouping: UsageReport.Grouping, _ keys: [String]) {
    let events = [answered(), answered(user: "bob", time: day, in: run(2), tenant: globex)]
    #expect(report(grouping, events).rows.keys.sorted() == keys.sorted())
  }

  @Test func whatAForkCopiedIsNotUsedTwice() {
    #expect(report(.model, [answered(), answered(more: #","copied":true"#)]).total.calls == 1)
  }

  @Test func anAnswerFromTheCacheCostsNothing() {
    let total = report(.model, [answered(cost: nil, more: #","cache":"hit""#)]).total
    #expect(total.calls == 1 && total.cached == 1 && total.unpriced == 0 && total.usage == .none)
    #expect(total.savedUsage == TokenUsage(input: 100, output: 10) && total.savedCosts == [:])
    let hits = [1, 2].map { _ in answered(cost: #""0""#, more: #","cache":"hit","saved":"0.25""#) }
    let sum = report(.model, hits + [answered()]).total
    #expect(sum.savedCosts == ["USD": Money("0.5")!] && sum.costs == ["USD": Money("0.5")!])
    #expect(sum.usage == TokenUsage(input: 100, output: 10))
  }

  @Test func sumsByConversationWhereverARunBegan() {
    let events = [
      event(.runStarted, in: run(1), time: 1, #"{"name":"f","conversation":"c1"}"#),
      event(.runStarted, in: run(2), time: 2, #"{"name":"f","conversation":"c1"}"#),
      event(.runStarted, in: run(3), time: 3, #"{"name":"f"}"#),
      answered(time: 4, in: run(1)), answered(time: 10, in: run(1)), answered(time: 11, in: run(2)),
      answered(time: 12, in: run(3)),
    ]
    #expect(report(.conversation, events).rows.mapValues(\.calls) == ["c1": 3, "": 1])
    var late = UsageReport(by: .conversation, since: 10)
    // A run that began before goes on after.
    #expect(late.start == .min)
    for event in events { late.add(event) }
    #expect(late.rows.mapValues(\.calls) == ["c1": 2, "": 1])
  }

  @Test func callsOfToolsCountByToolAlone() {
    let events = [
      answered(),
      event(.toolFinished, in: run(1), #"{"tool":"calc.evaluate","status":"ok","duration_us":3}"#),
      event(.toolFinished, in: run(1), #"{"tool":"calc.evaluate","status":"error","duration_us":3}"#),
      // No outcome yet, and no call at all.
      event(.toolFinished, in: run(1), #"{"tool":"mail.send","status":"in_doubt"}"#),
      event(.toolRejected, in: run(1), #"{"tool":"nothing.here"}"#),
    ]
    #expect(report(.model, events).total.calls == 1)
    let byTool = report(.tool, events)
    #expect(byTool.rows["calc.evaluate"]?.calls == 2 && byTool.rows["calc.evaluate"]?.failures == 1)
    #expect(byTool.total.calls == 3)
  }

  @Test func aFailedCallCountsAndCostsNothingThatIsKnown() {
    let failed = event(
      .modelCompleted, in: run(1), #"{"tool":"openai.chat","status":"error","model":"gpt-5","duration_us":1}"#
    )
    let row = report(.model, [failed]).rows["openai gpt-5"]
    #expect(row?.calls == 1 && row?.failures == 1 && row?.unpriced == 0)
  }

  @Test(arguments: JournalUnderTest.allCases)
  func aJournalIsLookedThroughPageByPage(_ kind: JournalUnderTest) async throws {
    try await kind.open { journal in
      let source = try #require(journal as? any EventSource)
      for number in 1...5 {
        try await journal.append(
          [
            event(.runStarted, in: run(Int64(number)), time: Int64(number)),
            answered(time: Int64(number), in: run(Int64(number))),
          ], .durable)
      }
      try await journal.append([answered(time: 9, in: run(9), tenant: globex)], .durable)
      func page(_ tenant: TenantID?, since: Int64 = .min, after: Int64 = 0, limit: Int = 9) async throws
        -> [Int64]
      {
        try await source.events(
          ofKinds: [.modelCompleted], tenant: tenant, since: since, after: after, limit: limit
        ).map(\.sequence)
      }
      #expect(try await page(acme) == [2, 4, 6, 8, 10])
      #expect(try await page(nil) == [2, 4, 6, 8, 10, 11])
      #expect(try await page(acme, since: 3) == [6, 8, 10])
      #expect(try await page(acme, limit: 2) == [2, 4])
      #expect(try await page(acme, after: 4, limit: 2) == [6, 8])
      #expect(try await page(globex) == [11])
    }
  }
}
