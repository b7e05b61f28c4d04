import Foundation
import JSONCodec
import PluginChecking
import Testing

@Suite struct RuleTests {
  private static let zoo = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/zoo")

  /// What no file can be built to break: the end-to-end tests have these.
  private static let rulesWithoutModule: Set<Rule> = [.pluginUnreadable, .configurationInvalid, .notChecked]

  @Test func everyRuleIsBrokenByAModuleOfTheZooAndNothingElseIs() throws {
    let modules = try JSONValue(
      parsing: String(contentsOf: Self.zoo.appendingPathComponent("zoo.json"), encoding: .utf8))
    let broken = Set(
      (modules.array ?? []).flatMap { $0["check"]?.array ?? [] }.compactMap { $0.string.flatMap(Rule.init) })
    #expect(Set(Rule.allCases).subtracting(broken) == Self.rulesWithoutModule)
  }

  @Test func aModuleBreaksOneRule() throws {
    let modules = try JSONValue(
      parsing: String(contentsOf: Self.zoo.appendingPathComponent("zoo.json"), encoding: .utf8))
    for module in modules.array ?? [] where module["name"]?.string != "sound" {
      let codes = try #require(module["check"]?.array)
      #expect(codes.count == 1 && codes[0].string.flatMap(Rule.init) != nil, "\(module)")
    }
  }

  @Test(arguments: Rule.allCases)
  func aRuleSaysWhyAndWhatToDo(rule: Rule) {
    for sentence in [rule.reason, rule.remedy] {
      #expect(sentence.hasSuffix(".") && sentence.count > 15 && sentence.first?.isUppercase == true)
    }
  }
}
