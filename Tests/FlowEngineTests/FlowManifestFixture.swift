import FlowEngine
import Manifests
import TestSupport

extension FlowDefinition {
  /// As it comes out of a manifest whose agents use the plugin `script`.
  ///
  /// - Parameter yaml: what follows the flow's name.
  static func manifest(_ yaml: String) throws -> FlowDefinition {
    let folder = TemporaryFolder()
    folder.write(
      """
      apiVersion: jackfield/v1
      kind: Host
      plugins: {script: {}}
      tenants: [acme.yaml]
      flows: [flow.yaml]
      """, to: "jackfield.yaml")
    folder.write(
      "apiVersion: jackfield/v1\nkind: Tenant\nname: acme\nplugins: {script: {}}\nflows: [flow]\n",
      to: "acme.yaml")
    folder.write("apiVersion: jackfield/v1\nkind: Flow\nname: flow\n\(yaml)\n", to: "flow.yaml")
    folder.write("", to: "bin/plugins/script.so")
    let loader = ConfigurationLoader(executableDirectory: "\(folder.path)/bin", stateDirectory: "/state")
    return try FlowDefinition(loader.load("\(folder.path)/jackfield.yaml").flows[0])
  }
}
