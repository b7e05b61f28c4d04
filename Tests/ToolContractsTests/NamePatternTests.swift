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

struct DurationTests {
  @Test(arguments: [
    ("200ms", 200_000_000), ("5s", 5_000_000_000), ("1m", 60_000_000_000), ("2h", 7_200_000_000_000),
  ])
  func aDurationIsANumberAndItsUnit(text: String, nanoseconds: Int64) {
    #expect(nanosecondsOfDuration(text) == nanoseconds)
  }

  @Test(arguments: [
    "", "5", "s", "0s", "-1s", "1.5s", "5 s", "1d", "5S", "9223372036854775807h", "٣s", "+1s",
  ])
  func anythingElseIsNone(text: String) { #expect(nanosecondsOfDuration(text) == nil) }
}
