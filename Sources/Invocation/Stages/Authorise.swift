import Authorization
import ToolContracts
import ToolRegistry

/// A call that its tenant's policy allows. Only this file can make one.
struct AuthorisedCall: Sendable {
  let request: CallRequest
  let enabled: EnabledFunction
  let deadline: Deadline

  fileprivate init(_ resolved: ResolvedCall, enabled: EnabledFunction) {
    request = resolved.request
    self.enabled = enabled
    deadline = resolved.deadline
  }
}

extension InvocationPipeline {
  /// The decision was made when the tenant's view was built; what is not in the view was not allowed.
  func authorise(_ resolved: ResolvedCall) throws(InvocationFailure) -> AuthorisedCall {
    if let enabled = resolved.enabled { return AuthorisedCall(resolved, enabled: enabled) }
    let detail =
      switch resolved.view.policy.decide(resolved.function.name) {
      case .denied(let refusal): "\(refusal.reason) (policy \(refusal.policyRevision))"
      case .allowed: "enabled, but its plugin could not be opened for this tenant"
      }
    throw InvocationFailure(.denied, "\(resolved.function.name) is not enabled here", detail: detail)
  }
}
