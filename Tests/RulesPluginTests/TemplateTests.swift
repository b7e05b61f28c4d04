import JackfieldPluginSDK
import Rules
import Testing

struct TemplateTests {
  /// An answer made from a result whose member "r" is in the slot of that name.
  private func rendered(_ template: String, _ result: String) throws -> String {
    let escaped = template.replacing("\\", with: "\\\\").replacing("\n", with: "\\n").replacing(
      "\"", with: "\\\"")
    let dialogue = try DialogueFixture(
      #"[{"when":{"tool_result":{"fields":{"r":"/r"}}},"answer":"\#(escaped)"}]"#)
    return try dialogue.answer([.user("?"), .calls(("1", "t", "{}")), .result("1", "t", result)]).text
  }

  @Test(arguments: [
    (#"{"r":"a\"b"}"#, "a\"b / \"a\\\"b\" / > a\"b"), (#"{"r":5}"#, "5 / 5 / > 5"),
    (#"{"r":2.5}"#, "2.5 / 2.5 / > 2.5"), (#"{"r":null}"#, " / null / >"),
    (#"{"r":true}"#, "true / true / > true"),
    (#"{"r":{"b":1,"a":[]}}"#, #"{"a":[],"b":1} / {"a":[],"b":1} / > {"a":[],"b":1}"#),
    (#"{"r":"x\n\ny"}"#, "x\n\ny / \"x\\n\\ny\" / > x\n>\n> y"),
  ])
  func valuesStandAsTextAsJSONOrAsAQuote(result: String, expected: String) throws {
    #expect(try rendered("{{r}} / {{r|json}} / {{ r | quote }}", result) == expected)
  }

  @Test func eachGoesThroughAList() throws {
    let rows = #"{"r":[["a",1],["b",2]]}"#
    #expect(try rendered("{{#each r}}{{0}}={{1}};{{/each}}", rows) == "a=1;b=2;")
    let hits = #"{"r":[{"f":"x","l":[1,2]},{"f":"y","l":[]}]}"#
    #expect(
      try rendered("{{#each r}}{{f}}:{{#each l}}<{{.}}>{{else}}none{{/each}} {{/each}}", hits)
        == "x:<1><2> y:none ")
    #expect(try rendered("{{#each r}}a{{else}}empty{{/each}}", #"{"r":[]}"#) == "empty")
    #expect(try rendered("{{#each r}}a{{else}}no list{{/each}}", #"{"r":3}"#) == "no list")
    #expect(try rendered("{{#each r}}{{question}}{{/each}}", #"{"r":[1]}"#) == "?")
    #expect(try rendered("{{r.1.f}}", hits) == "y")
  }

  @Test(arguments: [
    ("1000", "1"), ("1001", "2"), ("0", "0"), ("59999.5", "60"), (#""2500""#, "3"), (#""soon""#, "soon"),
    ("1e300", "1e+300"),
  ])
  func millisecondsBecomeWholeSeconds(value: String, expected: String) throws {
    #expect(try rendered("{{r|seconds}}", #"{"r":\#(value)}"#) == expected)
  }

  @Test func aSlotsTextIsNoTemplate() throws {
    #expect(try rendered("{{r}}", #"{"r":"{{question}}{{#each r}}"}"#) == "{{question}}{{#each r}}")
  }

  @Test func listsThatMultiplyAreCut() throws {
    let ones = "[" + Array(repeating: "1", count: 200).joined(separator: ",") + "]"
    let text = try rendered(
      "{{#each r}}{{#each r}}{{#each r}}0123456789{{/each}}{{/each}}{{/each}}", #"{"r":\#(ones)}"#)
    #expect(text.utf8.count <= 1 << 20 + 16)
  }

  @Test(arguments: [
    ("{{x}}", "nothing gives {{x}} a value; there are: question"), ("{{question", "{{ without }}"),
    ("{{/each}}", "{{/each}} without {{#each}}"), ("{{else}}", "{{else}} without {{#each}}"),
    ("{{#each question}}", "{{#each}} without {{/each}}"),
    ("{{#if question}}", "unknown tag {{#if question}}"),
    ("{{question|loud}}", "unknown filter \"loud\"; there are: json, quote, seconds"),
    ("{{a b}}", "\"a b\" is no name of a slot"), ("{{}}", "\"\" is no name of a slot"),
    ("{{#each question}}{{else}}{{else}}{{/each}}", "{{#each}} without {{/each}}"),
  ])
  func aWrongTemplateIsFoundWhenTheRulesAreRead(template: String, message: String) {
    let error = #expect(throws: ConfigurationError.self) {
      try DialogueFixture(#"[{"answer":"fine"},{"name":"n","answer":"\#(template)"}]"#)
    }
    #expect(error?.message == "model \"m\", rule 2 \"n\": \(message)")
  }

  @Test(arguments: [
    (
      #"{"when":{"message":"(a"},"answer":"x"}"#,
      "the pattern of message is wrong: missing closing parenthesis at offset 2"
    ),
    (
      #"{"when":{"tool_result":{"fields":{"a":"b"}}},"answer":"x"}"#,
      "tool_result.fields.a: \"b\" is no JSON pointer; one begins with \"/\""
    ),
    (#"{"when":{"message":"a"}}"#, "it does nothing; give an answer, a call or a handoff"),
    (
      #"{"call":{"tool":"t","arguments":{"a":["{{nope}}"]}}}"#,
      "nothing gives {{nope}} a value; there are: question"
    ),
  ])
  func aWrongRuleIsNamed(rule: String, message: String) {
    let error = #expect(throws: ConfigurationError.self) { try DialogueFixture("[\(rule)]") }
    #expect(error?.message == "model \"m\", rule 1: \(message)")
  }
}
