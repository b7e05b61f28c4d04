import JSONCodec
import ModelContracts
import Testing

struct RequestProfileTests {
  private func profile(_ question: String, tools: Int = 0) throws -> RequestProfile {
    let tool: JSONValue = ["name": "t", "inputSchema": ["type": "object"]]
    let request: JSONValue = [
      "model": "m",
      "messages": [
        ["role": "system", "content": "You help."], ["role": "user", "content": .string(question)],
        ["role": "user", "agent": "other", "content": "was sagt der andere und die anderen"],
      ],
      "tools": .array(Array(repeating: tool, count: tools)), "toolChoice": "auto",
    ]
    return RequestProfile(try JSONDocument(parsing: request.serialized()).root)
  }

  @Test(arguments: [
    ("What is the capital of France?", "en"), ("Wie ist das Wetter und was ist mit der Bahn?", "de"),
    ("Quel est le prix de la maison et des jardins pour vous ?", "fr"), ("今日の天気はどうですか", "ja"),
    ("今天的天气怎么样", "zh"), ("какая сегодня погода", "ru"), ("오늘 날씨 어때", "ko"), ("x = 1 + 2", nil), ("", nil),
  ])
  func guessesTheLanguageOfTheQuestion(_ text: String, _ language: String?) throws {
    #expect(try profile(text).language == language)
  }

  @Test func harderQuestionsScoreHigher() throws {
    let easy = try profile("Hi").complexity
    let several = try profile("Why?\n- and this?\n- and that?\n- and then?").complexity
    let code = try profile("```\nfor (int i = 0; i < n; i++) { a[i] = b[i] * 2; }\n``` is this right?")
      .complexity
    let long = try profile(String(repeating: "a long story about many things. ", count: 60)).complexity
    #expect(easy < 10 && easy < several && several < long && code > 20)
    #expect((0...100).contains(try profile(String(repeating: "??\n- {}", count: 5000), tools: 50).complexity))
  }

  @Test func knowsWhetherToolsAreOffered() throws {
    #expect(try profile("x", tools: 1).offersTools)
    #expect(try !profile("x").offersTools)
    #expect(try profile("x", tools: 9).tokens > profile("x").tokens)
  }

  @Test func aConditionHoldsWhereAllOfItDoes() {
    let profile = RequestProfile(tokens: 100, offersTools: false, language: "en", complexity: 30)
    for condition in [
      RequestCondition(), RequestCondition(minTokens: 100, maxTokens: 100),
      RequestCondition(offersTools: false),
      RequestCondition(languages: ["de", "en"]), RequestCondition(minComplexity: 30, maxComplexity: 30),
    ] { #expect(condition.holds(for: profile)) }
    for condition in [
      RequestCondition(minTokens: 101), RequestCondition(maxTokens: 99), RequestCondition(offersTools: true),
      RequestCondition(languages: ["de"]), RequestCondition(minComplexity: 31),
      RequestCondition(maxComplexity: 29),
      RequestCondition(minTokens: 1, offersTools: true),
    ] { #expect(!condition.holds(for: profile)) }
    let unknown = RequestProfile(tokens: 1, offersTools: false, language: nil, complexity: 0)
    #expect(!RequestCondition(languages: ["en"]).holds(for: unknown))
  }
}
