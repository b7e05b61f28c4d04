import JSONCodec
import ToolContracts
import ToolRegistry

/// A call that needs no person's approval, or has it.
struct ApprovedCall: Sendable {
  let request: CallRequest
  let enabled: EnabledFunction
  let deadline: Deadline
  let arguments: ValidArguments

  fileprivate init(_ validated: ValidatedCall) {
    request = validated.request
    enabled = validated.enabled
    deadline = validated.deadline
    arguments = validated.arguments
  }

  /// A question about a call, which changes nothing.
  init(examining validated: ValidatedCall) { self.init(validated) }
}

extension InvocationPipeline {
  /// The arguments are those that the function gets, so that nothing can change between the approval and the call.
  func checkApproval(of call: ValidatedCall) throws(InvocationFailure) -> ApprovedCall {
    guard let approval = call.enabled.approval, approval.isNeeded(for: call.arguments.json) else {
      return ApprovedCall(call)
    }
    let name = call.enabled.function.name
    guard let given = call.request.approval else {
      throw InvocationFailure(
        .approvalRequired, "\(name) needs a person's approval, which only a flow's run can wait for")
    }
    guard given.digest == approval.digest(of: call.arguments.json) else {
      throw InvocationFailure(
        .approvalExpired, "what was approved is not what would be done now",
        detail: "the arguments, the rule or the plugin are not those of the approval")
    }
    guard time.wallClock() <= given.expires else {
      throw InvocationFailure(.approvalExpired, "the approval came too long ago")
    }
    return ApprovedCall(call)
  }
}
