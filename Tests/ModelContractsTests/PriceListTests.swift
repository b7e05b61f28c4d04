import JSONCodec
import ModelContracts
import Testing

struct PriceListTests {
  private func entry(
    _ model: String, from day: String, input: String, provider: String = "openai"
  ) throws -> PriceList.Entry {
    PriceList.Entry(
      provider: provider, model: model, from: try #require(CivilDay(day)),
      rates: TokenRates(input: try #require(Money(input)), output: .zero))
  }

  private func list() throws -> PriceList {
    PriceList(
      currency: "USD",
      entries: [
        try entry("gpt*", from: "2025-01-01", input: "9"),
        try entry("gpt-5*", from: "2025-01-01", input: "5"),
        try entry("gpt-5", from: "2025-01-01", input: "1"),
        try entry("gpt-5", from: "2025-06-01", input: "2"),
        try entry("gpt-5", from: "2025-01-01", input: "7", provider: "other"),
      ])
  }

  @Test(arguments: [
    ("gpt-5", "2025-05-31", "1"), ("gpt-5", "2025-06-01", "2"), ("gpt-5-mini", "2025-06-01", "5"),
    ("gpt-4", "2025-06-01", "9"),
  ])
  func theNewestPriceOfTheNearestNameHolds(_ model: String, _ day: String, _ input: String) throws {
    let rates = try list().rates(of: model, provider: "openai", on: try #require(CivilDay(day)))
    #expect(rates?.input == Money(input))
  }

  @Test(arguments: [
    ("gpt-5", "2024-12-31", "openai"), ("o3", "2026-01-01", "openai"), ("gpt-5", "2026-01-01", "x"),
  ])
  func aModelWithoutAPriceHasNone(_ model: String, _ day: String, _ provider: String) throws {
    #expect(try list().rates(of: model, provider: provider, on: try #require(CivilDay(day))) == nil)
    #expect(PriceList.none.rates(of: "gpt-5", provider: "openai", on: try #require(CivilDay(day))) == nil)
  }

  @Test func eachKindOfTokenHasItsRate() throws {
    func money(_ text: String) throws -> Money { try #require(Money(text)) }
    let rates = TokenRates(
      input: try money("1"), output: try money("10"), cachedInput: try money("0.1"),
      cacheWrite: try money("2"), reasoning: try money("20"))
    let usage = TokenUsage(input: 1000, output: 100, cachedInput: 600, cacheWrite: 300, reasoning: 40)
    // 100 · 1 + 600 · 0.1 + 300 · 2 + 60 · 10 + 40 · 20 millionths.
    #expect(rates.cost(of: usage) == Money("0.00216"))
    let plain = TokenRates(input: try money("1"), output: try money("10"))
    #expect(plain.cost(of: usage) == Money("0.002"))
    #expect(plain.cost(of: TokenUsage(input: 1, output: 0)) == Money("0.000001"))
  }

  @Test func theSmallestRateIsExact() throws {
    let rates = TokenRates(input: try #require(Money("0.000001")), output: .zero)
    #expect(rates.cost(of: TokenUsage(input: 3)) == Money(trillionths: 3))
  }
}

struct TokenUsageTests {
  private func usage(_ json: String) throws -> TokenUsage { TokenUsage(try JSONDocument(parsing: json).root) }

  @Test func isReadFromAnAnswer() throws {
    #expect(
      try usage(
        #"{"inputTokens":10,"outputTokens":5,"cachedInputTokens":4,"cacheWriteInputTokens":3,"reasoningTokens":2}"#
      )
        == TokenUsage(input: 10, output: 5, cachedInput: 4, cacheWrite: 3, reasoning: 2))
    #expect(try usage(#"{"inputTokens":10,"outputTokens":5}"#) == TokenUsage(input: 10, output: 5))
  }

  @Test func noProviderIsBelievedThatAPartIsMoreThanTheWhole() throws {
    let usage = try usage(
      #"{"inputTokens":10,"outputTokens":5,"cachedInputTokens":40,"cacheWriteInputTokens":7,"reasoningTokens":9}"#
    )
    #expect(usage == TokenUsage(input: 10, output: 5, cachedInput: 10, cacheWrite: 0, reasoning: 5))
    #expect(TokenUsage(input: -4, output: .max).total == 1 << 50)
  }
}

struct TokenEstimateTests {
  @Test func growsWithTheTextInEveryScript() {
    let english = "The quick brown fox jumps over the lazy dog"
    #expect((8...16).contains(TokenEstimate.tokens(in: english.utf8)))
    #expect(TokenEstimate.tokens(in: "".utf8) == 0)
    #expect(TokenEstimate.tokens(in: "日本語の文章".utf8) == 6)
    #expect(TokenEstimate.tokens(in: String(repeating: english, count: 100).utf8) > 800)
  }
}
