import PluginChecking
import Testing
import ToolContracts

@Suite struct PluginCheckTests {
  @Test func aFileThatCannotBeReadIsAFinding() {
    let check = PluginCheck(checker: "/nonexistent/jackfield-check", load: { _ in nil })
    let report = check.report(on: "/nonexistent/plugin.so")
    #expect(report.findings.map(\.rule) == [.pluginUnreadable])
    #expect(!report.isGood(isStrict: false))
  }

  @Test func aWarningIsAnErrorWhereItIsStrictAndANoteNever() {
    #expect(Rule.memoryLeak.severity == .warning)
    #expect(Rule.lazyBinding.severity == .note)
  }
}
