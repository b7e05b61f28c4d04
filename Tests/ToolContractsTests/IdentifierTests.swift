import Testing
import ToolContracts

@Suite struct IdentifierTests {
  @Test(arguments: ["calc.evaluate", "a.b", "docs-2.read_all", "x.1-a_b"])
  func aToolNameCanBeReadBackFromItsAlias(text: String) {
    let name = ToolName(text)
    #expect(name?.description == text)
    #expect(name.flatMap { ToolName(alias: $0.alias) } == name)
  }

  @Test(arguments: [
    "", "calc", ".", "calc.", ".x", "Calc.x", "calc.X", "ca_lc.x", "calc.x.y", "calc.ü", "-a.b", "a.-b",
  ])
  func whatIsNoToolNameIsRefused(text: String) {
    #expect(ToolName(text) == nil)
  }

  @Test func anAliasFitsTheNamesThatModelsTake() {
    let longest = ToolName(
      plugin: String(repeating: "p", count: 15), function: String(repeating: "f", count: 48))
    #expect(longest?.alias.utf8.count == 64)
    #expect(
      ToolName(plugin: String(repeating: "p", count: 16), function: String(repeating: "f", count: 48)) == nil)
  }

  @Test(arguments: ["acme", "a", "tenant-7"]) func aTenantIsWhatItsNameSays(text: String) {
    #expect(TenantID(text)?.description == text)
  }

  @Test(arguments: ["", "Acme", "a b", "a/b", "..", "-", "a_b", "ä"]) func whatIsNoTenantIsRefused(
    text: String
  ) {
    #expect(TenantID(text) == nil)
  }

  @Test func aRunsTextCanBeReadBackAndSortsByTime() {
    let earlier = RunID(milliseconds: 1_700_000_000_000, randomness: .max)
    let later = RunID(milliseconds: 1_700_000_000_001, randomness: 0)
    #expect(RunID(earlier.description) == earlier)
    #expect(RunID(later.description) == later)
    #expect(earlier < later)
    #expect(earlier.description < later.description)
    #expect(earlier.description.utf8.count == 26)
  }

  @Test(arguments: [
    "", "8zzzzzzzzzzzzzzzzzzzzzzzzz", "0000000000000000000000000", "0000000000000000000000000u",
  ])
  func whatIsNoRunIsRefused(text: String) {
    #expect(RunID(text) == nil)
  }
}
