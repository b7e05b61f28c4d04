import JSONCodec
import Manifests
import Testing
import ToolContracts

/// The manifests that are shipped are in order.
struct DemoManifestsTests {
  private var root: String {
    String(#filePath.dropLast("/Tests/ManifestsTests/DemoManifestsTests.swift".count))
  }

  @Test func theDemoIsReadWithItsRules() throws {
    let folder = ManifestFolder()
    for plugin in ["calc", "clock", "docs", "rules", "sql"] { folder.write("", to: "plugins/\(plugin).so") }
    let loader = ConfigurationLoader(executableDirectory: folder.path, stateDirectory: "/state")
    let demo = try loader.load("\(root)/manifests/demo/jackfield.yaml")
    let rules = demo.tenants[0].plugin("rules")?.configuration["models"]?.object?.keys
    #expect(rules.map(Set.init) == Set(demo.flows.flatMap(\.agents).map(\.model.name)))
    #expect(
      demo.tenants.map(\.name.description) == ["acme", "globex"]
        && demo.flows.map(\.name) == ["helpdesk", "brief"])
    let acme = demo.tenants[0]
    #expect(acme.plugin("docs")?.configuration["root"]?.string == "\(root)/manifests/demo/../..")
    #expect(
      acme.plugin("sql")?.configuration["databases"]?["journal"]
        == ["file": "/state/journal.sqlite", "tenant_column": "tenant"])
    #expect(
      demo.policy(of: ToolName("sql.query")!, for: acme, hints: LimitHints()).timeoutNanoseconds
        == 300_000_000)
    #expect(
      !demo.tenants[1].isEnabled(ToolName("docs.search")!)
        && demo.tenants[1].isEnabled(ToolName("calc.evaluate")!))
  }

  @Test(arguments: ["flows/helpdesk.yaml", "flows/brief.yaml", "tenants/globex.yaml", "prompts.yaml"])
  func eachFileIsInOrderByItself(file: String) {
    let loader = ConfigurationLoader(executableDirectory: "/", stateDirectory: "/state")
    #expect(loader.validate("\(root)/manifests/demo/\(file)").map(\.description) == [])
  }
}
