import CLinux
import Manifests
import OutgoingHTTP
import Secrets
import ToolContracts

/// What the sources of one plugin's secrets hold for a tenant.
struct PluginSecrets {
  let values: SecretValues
  /// Which of them cannot be had, and why.
  let problems: [ManifestError]

  /// Reads them: all that are listed must be there, also those that the plugin would do without. From the first on, this
  /// process leaves no core dump.
  init(of plugin: PluginEnablement) {
    var values: [String: Secret] = [:]
    var problems: [ManifestError] = []
    if !plugin.secrets.isEmpty { jf_forbid_dumps() }
    for reference in plugin.secrets {
      do throws(SecretFailure) {
        values[reference.name] = try reference.source.read()
      } catch {
        problems.append(ManifestError(reference, error))
      }
    }
    self.values = SecretValues(values)
    self.problems = problems
  }
}

extension ManifestError {
  fileprivate init(_ reference: SecretReference, _ failure: SecretFailure) {
    self.init(
      failure.reason == .exposed ? .secretExposed : .secretUnreadable, at: reference.location,
      "the secret '\(reference.name)' \(failure.message)")
  }
}
