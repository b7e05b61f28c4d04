import JSONSchema
import ToolContracts
import ToolRegistry

/// A call to a function that exists, with its deadline.
struct ResolvedCall: Sendable {
  let request: CallRequest
  let view: TenantView
  let function: RegisteredFunction
  let enabled: EnabledFunction?
  let deadline: Deadline

  fileprivate init(
    request: CallRequest, view: TenantView, function: RegisteredFunction, enabled: EnabledFunction?,
    deadline: Deadline
  ) {
    self.request = request
    self.view = view
    self.function = function
    self.enabled = enabled
    self.deadline = deadline
  }
}

extension InvocationPipeline {
  func resolve(
    _ request: CallRequest, in registry: RegistrySnapshot, at start: MonotonicTime
  ) throws(InvocationFailure) -> ResolvedCall {
    guard let view = registry[request.principal.tenant] else {
      throw InvocationFailure(
        .denied, "not allowed", detail: "there is no tenant \(request.principal.tenant)")
    }
    let enabled = view[request.tool]
    guard let function = enabled?.function ?? registry[request.tool] else {
      throw unknownTool(request.tool, in: view)
    }
    // A function that is not enabled is refused by the next stage; until then it has the longest possible deadline.
    let allowed = enabled?.limits.timeoutNanoseconds ?? .max
    let deadline = start.advanced(by: min(allowed, max(0, request.timeoutNanoseconds ?? .max)))
    return ResolvedCall(
      request: request, view: view, function: function, enabled: enabled, deadline: deadline)
  }

  private func unknownTool(_ name: ToolName, in view: TenantView) -> InvocationFailure {
    let known = view.tools.map(\.function.name.description)
    let hint = nearestMatch(to: name.description, in: known).map { "; did you mean \($0)?" } ?? ""
    return InvocationFailure(.toolNotFound, "there is no tool \(name)\(hint)")
  }
}
