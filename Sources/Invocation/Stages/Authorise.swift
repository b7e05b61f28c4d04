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
    let name = resolved.function.name
    if let enabled = resolved.enabled {
      let bound = resolved.request.authority.effect
      guard bound.covers(resolved.function.descriptor.effect) else {
        throw InvocationFailure(
          .denied,
          "\(name) may do more than the tool that calls it says of itself (effect: \(bound.rawValue))")
      }
      return AuthorisedCall(resolved, enabled: enabled)
    }
    switch resolved.view.policy.decide(name) {
    case .denied(let refusal):
      throw InvocationFailure(
        .denied, "\(name) is not enabled here", detail: "\(refusal.reason) (policy \(refusal.policyRevision))"
      )
    case .allowed:
      throw InvocationFailure(
        .internal, "\(name) is not available", detail: "its plugin could not be opened for this tenant")
    }
  }
}
