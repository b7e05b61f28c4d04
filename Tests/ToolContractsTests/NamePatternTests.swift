import ToolContracts
import Testing

struct NamePatternTests {
  @Test(arguments: [
    ("calc.*", "calc.evaluate", true), ("calc.*", "calc.", true), ("calc.*", "calcx.evaluate", false),
    ("*", "", true), ("*.search", "docs.search", true), ("*.search", "docs.searcher", false),
    ("a*b*c", "aXbYbZc", true), ("a*b*c", "aXbYbZ", false), ("calc.evaluate", "calc.evaluate", true),
    ("calc.evaluate", "calc.evaluate2", false), ("", "", true), ("", "a", false), ("**", "ab", true),
  ])
  func aStarStandsForAnything(pattern: String, name: String, matches: Bool) {
    #expect(NamePattern(pattern).matches(name) == matches)
  }

  @Test func noPatternIsSlow() {
    let pattern = NamePattern(String(repeating: "*a", count: 500) + "b")
    #expect(!pattern.matches(String(repeating: "a", count: 2000)))
  }
}
