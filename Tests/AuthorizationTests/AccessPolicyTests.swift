import Authorization
import Testing
import ToolContracts

@Suite struct AccessPolicyTests {
  private let policy = AccessPolicy(
    revision: "r1",
    enabled: ["calc": [NamePattern("*")], "docs": [NamePattern("search"), NamePattern("re*d")]])

  @Test(arguments: ["calc.evaluate", "docs.search", "docs.read", "docs.reread"])
  func whatAPatternMatchesIsAllowed(name: String) {
    guard case .allowed(let grant) = policy.decide(ToolName(name)!) else {
      Issue.record("\(name) was denied")
      return
    }
    #expect(grant.policyRevision == "r1")
  }

  @Test(arguments: ["docs.write", "docs.searches", "sql.query", "cal.evaluate", "calc2.evaluate"])
  func whatNoPatternMatchesIsDenied(name: String) {
    guard case .denied(let refusal) = policy.decide(ToolName(name)!) else {
      Issue.record("\(name) was allowed")
      return
    }
    #expect(refusal.policyRevision == "r1")
  }

  @Test func anEmptyPolicyDeniesEverything() {
    let empty = AccessPolicy(revision: "r0", enabled: [:])
    guard case .denied = empty.decide(ToolName("calc.evaluate")!) else {
      Issue.record("an empty policy allowed a call")
      return
    }
  }

  @Test func aPatternOfStarsTakesNoLongerThanItsLengthAllows() {
    let pattern = NamePattern(String(repeating: "*a", count: 24) + "b")
    #expect(!pattern.matches(String(repeating: "a", count: 48)))
  }
}
