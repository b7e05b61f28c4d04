package import ToolContracts

/// Which functions a tenant may use. What is not listed is denied.
package struct AccessPolicy: Sendable, Equatable {
  /// Names the state of the manifests that this came from; stands in every decision.
  package var revision: String
  /// By plugin id, the patterns of the functions that are enabled.
  package var enabled: [String: [NamePattern]]

  package init(revision: String, enabled: [String: [NamePattern]]) {
    self.revision = revision
    self.enabled = enabled
  }

  /// The one decision that listing and calling share.
  package func decide(_ tool: ToolName) -> AccessDecision {
    guard let patterns = enabled[String(tool.plugin)] else {
      return .denied(Refusal(reason: "plugin \(tool.plugin) is not enabled", policyRevision: revision))
    }
    guard let pattern = patterns.first(where: { $0.matches(String(tool.function)) }) else {
      return .denied(
        Refusal(reason: "no pattern of plugin \(tool.plugin) enables it", policyRevision: revision))
    }
    return .allowed(Grant(rule: "\(tool.plugin): \(pattern)", policyRevision: revision))
  }
}

package enum AccessDecision: Sendable, Equatable {
  case allowed(Grant)
  case denied(Refusal)
}

/// Proof that a policy said yes, and which line of it did. Only a policy makes one.
package struct Grant: Sendable, Equatable {
  package let rule: String
  package let policyRevision: String

  fileprivate init(rule: String, policyRevision: String) {
    self.rule = rule
    self.policyRevision = policyRevision
  }
}

/// Why a policy said no; for the operator.
package struct Refusal: Sendable, Equatable {
  package let reason: String
  package let policyRevision: String
}
