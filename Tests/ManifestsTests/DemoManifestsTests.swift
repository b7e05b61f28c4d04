import Glibc
import JSONCodec
import Manifests
import Testing
import ToolContracts

/// The manifests that are shipped are in order.
struct DemoManifestsTests {
  private var root: String {
    String(#filePath.dropLast("/Tests/ManifestsTests/DemoManifestsTests.swift".count))
  }

  /// With other rules: those are the provider's own affair.
  @Test func theDemoIsRead() throws {
    let folder = ManifestFolder(["rules.yaml": "{}"])
    for plugin in ["calc", "clock", "docs", "rules", "sql"] { folder.write("", to: "plugins/\(plugin).so") }
    for file in ["jackfield.yaml", "tenants/acme.yaml", "tenants/globex.yaml", "flows/helpdesk.yaml"] {
      folder.write(try text(of: file), to: file)
    }
    let loader = ConfigurationLoader(executableDirectory: folder.path, stateDirectory: "/state")
    let demo = try loader.load("\(folder.path)/jackfield.yaml")
    #expect(
      demo.tenants.map(\.name.description) == ["acme", "globex"] && demo.flows.map(\.name) == ["helpdesk"])
    let acme = demo.tenants[0]
    #expect(acme.plugin("docs")?.configuration["root"]?.string == "\(folder.path)/../..")
    #expect(acme.plugin("sql")?.configuration["databases"]?["journal"]?.string == "/state/journal.sqlite")
    #expect(
      demo.policy(of: ToolName("sql.query")!, for: acme, hints: LimitHints()).timeoutNanoseconds
        == 300_000_000)
    #expect(
      !demo.tenants[1].isEnabled(ToolName("docs.search")!)
        && demo.tenants[1].isEnabled(ToolName("calc.evaluate")!))
  }

  @Test(arguments: ["flows/helpdesk.yaml", "tenants/globex.yaml"])
  func eachFileIsInOrderByItself(file: String) {
    let loader = ConfigurationLoader(executableDirectory: "/", stateDirectory: "/state")
    #expect(loader.validate("\(root)/manifests/demo/\(file)").map(\.description) == [])
  }

  private func text(of file: String) throws -> String {
    let stream = try #require(fopen("\(root)/manifests/demo/\(file)", "r"))
    defer { fclose(stream) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = fread(&bytes, 1, bytes.count, stream)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}
