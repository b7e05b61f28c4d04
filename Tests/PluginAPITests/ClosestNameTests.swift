import JackfieldPluginSDK
import Testing

struct ClosestNameTests {
  private let names = ["sqrt", "min", "max", "Europe/Berlin", "America/New_York", "Etc/UTC"]

  @Test(arguments: [
    ("sqr", "sqrt"), ("mim", "min"), ("europe/berlin", "Europe/Berlin"),
    ("America/New York", "America/New_York"),
    ("america/newyork", "America/New_York"), ("Europe/Brelin", "Europe/Berlin"),
  ])
  func aMisspeltNameIsRecognised(wrong: String, right: String) {
    #expect(closestName(to: wrong, among: names) == right)
  }

  @Test(arguments: ["", "zzzzzz", "Mars/Phobos", String(repeating: "x", count: 100_000)])
  func whatIsLikeNothingIsLeftAlone(wrong: String) {
    #expect(closestName(to: wrong, among: names) == nil)
  }

  @Test func theNearestOfSeveralWins() {
    #expect(closestName(to: "mix", among: ["mixed", "max", "mix"]) == "mix")
    #expect(closestName(to: "maxx", among: ["min", "max"]) == "max")
    #expect(closestName(to: "x", among: [] as [String]) == nil)
  }
}
