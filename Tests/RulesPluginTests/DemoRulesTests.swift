import JSONCodec
import JackfieldPluginSDK
import Rules
import Testing

@testable import Manifests

/// The rules of the demo, asked what a person would ask.
struct DemoRulesTests {
  private let dialogue: Dialogue

  init() throws {
    // As the host reads them: a file's YAML on its way to the plugin's configuration.
    let demo = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/manifests/demo"
    let acme = try TenantManifest(
      ManifestKind.tenant.read(demo + "/tenants/acme.yaml"),
      variables: ManifestVariables(manifestDirectory: demo, stateDirectory: "/tmp"))
    let configuration = try #require(acme.plugin("rules")).configuration
    dialogue = Dialogue(try RuleBook(RuleSource(parsing: configuration.text)))
  }

  private func answer(_ model: String, _ messages: [ChatMessage]) throws -> ChatAnswer {
    let tools = [
      "clock_now", "docs_search", "docs_read", "sql_query", "sql_schema", "calc_evaluate",
      "transfer_to_librarian",
      "transfer_to_analyst", "transfer_to_calculator",
    ]
    return try dialogue.answer(
      to: ChatRequest(
        model: model, messages: messages,
        tools: tools.map { ChatTool(name: $0, inputSchema: ["type": "object"]) }))
  }

  private func call(_ model: String, _ messages: [ChatMessage]) throws -> String {
    let answer = try answer(model, messages)
    return answer.toolCalls.map { "\($0.name) \($0.arguments)" }.joined(separator: "\n") + answer.text
  }

  @Test(arguments: [
    ("What does a deadline mean?", "librarian"), ("How does Jackfield load a plugin?", "librarian"),
    ("What is the ABI?", "librarian"), ("How does the journal survive a power cut?", "librarian"),
    ("What happens to a run when its deadline passes?", "librarian"),
    ("Why are plugins never unloaded?", "librarian"),
    ("How many runs are in the journal?", "analyst"), ("Which tools were called most often?", "analyst"),
    ("How many events of each kind are there?", "analyst"),
    ("Count all primes below 3000000 in SQL", "analyst"),
    ("How many runs are in the journal, and what is that times 7?", "analyst"),
    ("What is (17+4)*2^3?", "calculator"), ("what is 12 times 12", "calculator"), ("sqrt(2)?", "calculator"),
    ("How much is 7 divided by 2?", "calculator"),
  ])
  func triageHandsOverToWhoKnows(question: String, agent: String) throws {
    let answer = try answer("triage", [.user(question)])
    #expect(answer.toolCalls.map(\.name) == ["transfer_to_\(agent)"])
    #expect(answer.text == "")
  }

  @Test func triageSaysWhatItCanAnswerWhereItCannot() throws {
    let answer = try answer("triage", [.user("Sing a song")])
    #expect(answer.toolCalls.isEmpty)
    #expect(answer.text.hasPrefix("I can answer questions"))
  }

  @Test func triageTellsTheTimeAndSaysWhenItMayLookAgain() throws {
    let question = ChatMessage.user("What time is it in Europe/Paris?")
    #expect(try call("triage", [question]) == #"clock_now {"timezone":"Europe/Paris"}"#)
    #expect(try call("triage", [.user("What time is it?")]) == "clock_now {}")
    let asked = [question, .calls(("c", "clock_now", "{}"))]
    let time =
      #"{"abbreviation":"CET","time":"2026-11-20T23:00:00+01:00","timezone":"Europe/Paris","weekday":"Friday"}"#
    #expect(
      try call("triage", asked + [.result("c", "clock_now", time)])
        == "In Europe/Paris it is Friday, 2026-11-20T23:00:00+01:00 (CET).")
    let refused = #"{"error":{"code":"rate_limited","message":"too often","retry_after_ms":41200}}"#
    #expect(
      try call("triage", asked + [.result("c", "clock_now", refused, isError: true)]).hasSuffix(
        "in 42 seconds."))
    let unknown = #"{"error":{"code":"tool_failed","message":"unknown time zone"}}"#
    #expect(
      try call("triage", asked + [.result("c", "clock_now", unknown, isError: true)])
        == "I cannot tell the time: unknown time zone.")
  }

  @Test func triageTellsOfTwoTimesWhatItWasAllowedToSee() throws {
    let question = ChatMessage.user("What time is it in Europe/Paris and in Asia/Tokyo?")
    let calls = try answer("triage", [question]).toolCalls
    #expect(calls.map(\.arguments) == [#"{"timezone":"Europe/Paris"}"#, #"{"timezone":"Asia/Tokyo"}"#])
    let asked = [
      question, .calls(("1", "clock_now", calls[0].arguments), ("2", "clock_now", calls[1].arguments)),
    ]
    let refused = #"{"error":{"code":"rate_limited","message":"too often","retry_after_ms":59100}}"#
    let results: [ChatMessage] = [
      .result("1", "clock_now", refused, isError: true),
      .result(
        "2", "clock_now",
        #"{"time":"2026-11-21T08:41:26+09:00","timezone":"Asia/Tokyo","weekday":"Saturday"}"#),
    ]
    let text = try call("triage", asked + results)
    #expect(text.hasPrefix("In Asia/Tokyo it is 2026-11-21T08:41:26+09:00. For Europe/Paris"))
    #expect(text.hasSuffix("in 60 seconds."))
  }

  @Test(arguments: [
    ("What does a deadline mean?", "deadline"), ("What is the plugin ABI?", "plugin ABI"),
    ("How does Jackfield load a plugin?", "load a plugin"),
    ("Why are plugins never unloaded", "Why are plugins never unloaded"),
    ("What is meant by handoff in Jackfield?", "handoff"),
  ])
  func theLibrarianSearchesForWhatIsAskedAbout(question: String, query: String) throws {
    #expect(try call("librarian", [.user(question)]) == #"docs_search {"limit":3,"query":"\#(query)"}"#)
  }

  @Test func theLibrarianQuotesFileAndLine() throws {
    let asked: [ChatMessage] = [.user("What is x?"), .calls(("c", "docs_search", #"{"query":"x"}"#))]
    let hit = #"{"file":"docs/a.md","line":7,"heading":"A › B","snippet":"one\ntwo","score":1.5}"#
    let other = #"{"file":"README.md","line":2,"heading":"R","snippet":"r","score":1}"#
    #expect(
      try call("librarian", asked + [.result("c", "docs_search", #"{"mode":"all","results":[\#(hit)]}"#)])
        == "docs/a.md, line 7 (A › B):\n\n> one\n> two")
    #expect(
      try call(
        "librarian", asked + [.result("c", "docs_search", #"{"mode":"all","results":[\#(hit),\#(other)]}"#)]
      )
      .hasSuffix("> two\n\nSee also README.md, line 2."))
    #expect(
      try call("librarian", asked + [.result("c", "docs_search", #"{"mode":"all","results":[]}"#)])
        == "The documentation says nothing about \"x\".")
  }

  @Test func theAnalystTellsWhatTheJournalHolds() throws {
    func told(_ question: String, _ result: String) throws -> String {
      let query = try answer("analyst", [.user(question)])
      let call = try #require(query.toolCalls.first)
      return try self.call(
        "analyst",
        [
          .user(question), .calls((call.id, call.name, call.arguments)),
          .result(call.id, call.name, result),
        ])
    }
    #expect(
      try told(
        "How many runs are in the journal?", #"{"columns":["count(*)"],"rows":[[25]],"truncated":false}"#)
        == "There are 25 runs in the journal.")
    #expect(
      try told(
        "Which tools were called most often?",
        #"{"columns":["tool","calls"],"rows":[["sql.query",3],["clock.now",1]],"truncated":false}"#)
        == "From the journal, calls by tool:\n\n- sql.query: 3\n- clock.now: 1")
    #expect(
      try told("How many events of each kind?", #"{"columns":["kind","events"],"rows":[],"truncated":false}"#)
        == "From the journal, events by kind:\n\nnothing yet")
    #expect(
      try told(
        "Count all primes below 100 in SQL", #"{"columns":["count(*)"],"rows":[[25]],"truncated":false}"#)
        == "There are 25 primes below 100.")
  }

  @Test func aQueryThatWasCutIsToldHonestly() throws {
    let question = ChatMessage.user("Count all primes below 3000000 in SQL")
    let call = try #require(try answer("analyst", [question]).toolCalls.first)
    let cut = #"{"error":{"code":"timed_out","message":"the call took longer than 300 ms"}}"#
    let text = try self.call(
      "analyst",
      [
        question, .calls((call.id, call.name, call.arguments)),
        .result(call.id, call.name, cut, isError: true),
      ])
    #expect(text.contains("stopped") && text.contains("do not know"))
  }

  @Test func aQuestionForTwoAgentsGoesFromOneToTheOther() throws {
    let question = ChatMessage.user("How many runs are in the journal, and what is that times 7?")
    let first = try answer("triage", [question])
    #expect(first.toolCalls.map(\.name) == ["transfer_to_analyst"])
    let handedOver = [question, ChatMessage.handover("triage", first.toolCalls[0].arguments)]
    #expect(try call("analyst", handedOver).hasPrefix("sql_query"))
    let second = try answer(
      "analyst",
      handedOver + [
        .calls(("q", "sql_query", "{}")),
        .result("q", "sql_query", #"{"columns":["count(*)"],"rows":[[25]],"truncated":false}"#),
      ])
    #expect(second.text == "There are 25 runs in the journal.")
    #expect(second.toolCalls.map(\.name) == ["transfer_to_calculator"])
    let again =
      handedOver + [
        .quote("analyst", second.text), .handover("analyst", second.toolCalls[0].arguments),
      ]
    #expect(try call("calculator", again) == #"calc_evaluate {"expression":"25 * 7"}"#)
    let computed =
      again + [
        .calls(("e", "calc_evaluate", #"{"expression":"25 * 7"}"#)),
        .result("e", "calc_evaluate", #"{"text":"175","value":175}"#),
      ]
    #expect(try call("calculator", computed) == "There are 25 runs in the journal. 25 * 7 = 175")
  }

  @Test(arguments: [
    ("What is (17+4)*2^3?", "(17+4)*2^3"), ("what is 12 times 12", "12 * 12"),
    ("sqrt(2) + pi please", "sqrt(2) + pi"),
    ("How much is 7 divided by 2?", "7 / 2"), ("What is 2 + 3, roughly?", "2 + 3"), ("-4.5^2.", "-4.5^2"),
    ("10 minus 4", "10 - 4"), ("2 plus 2", "2 + 2"),
  ])
  func theCalculatorFindsTheExpression(question: String, expression: String) throws {
    #expect(try call("calculator", [.user(question)]) == #"calc_evaluate {"expression":"\#(expression)"}"#)
  }
}
