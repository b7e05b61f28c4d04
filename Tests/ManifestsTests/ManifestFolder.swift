import Manifests
import TestSupport

/// A folder of manifests.
final class ManifestFolder {
  private let folder = TemporaryFolder()
  var path: String { folder.path }

  /// - Parameter files: contents by path below the folder.
  init(_ files: [String: String] = [:]) {
    for (name, text) in files { folder.write(text, to: name) }
  }

  func write(_ text: String, to name: String) { folder.write(text, to: name) }

  var loader: ConfigurationLoader {
    ConfigurationLoader(executableDirectory: "\(path)/bin", stateDirectory: "/state")
  }

  func load() throws(ManifestErrors) -> Configuration { try loader.load("\(path)/jackfield.yaml") }

  /// `line:column code pointer` of everything that is wrong; names the file where it is not the host's.
  func faults(of name: String = "jackfield.yaml") -> [String] {
    loader.validate("\(path)/\(name)").map { error in
      let file = error.file == "\(path)/\(name)" ? "" : "\(error.file.dropFirst(path.count + 1)):"
      return "\(file)\(error.line):\(error.column) \(error.code.rawValue) \(error.pointer)"
    }
  }
}

let smallHost = """
  apiVersion: jackfield/v1
  kind: Host
  plugins: {calc: {}, rules: {}}
  tenants: [acme.yaml]
  flows: [flow.yaml]
  default_tenant: acme
  """
let smallTenant = """
  apiVersion: jackfield/v1
  kind: Tenant
  name: acme
  plugins: {calc: {}, rules: {}}
  flows: [helpdesk]
  """
let smallFlow = """
  apiVersion: jackfield/v1
  kind: Flow
  name: helpdesk
  start_agent: triage
  agents:
    triage:
      model: {provider: rules, name: triage}
      tools: [calc.evaluate]
      handoffs: [closer]
    closer:
      model: {provider: rules, name: closer}
  """

/// A host that is in order; `changes` replaces files of it.
func smallConfiguration(_ changes: [String: String] = [:]) -> ManifestFolder {
  let files = [
    "jackfield.yaml": smallHost, "acme.yaml": smallTenant, "flow.yaml": smallFlow, "bin/plugins/calc.so": "",
    "bin/plugins/rules.so": "",
  ]
  return ManifestFolder(files.merging(changes) { $1 })
}
