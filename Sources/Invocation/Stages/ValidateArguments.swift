import JSONCodec
import JSONSchema
import ToolContracts
import ToolRegistry

/// A call whose arguments are what the function's input schema asks for.
struct ValidatedCall: Sendable {
  let request: CallRequest
  let enabled: EnabledFunction
  let deadline: Deadline

  fileprivate init(_ authorised: AuthorisedCall) {
    request = authorised.request
    enabled = authorised.enabled
    deadline = authorised.deadline
  }
}

extension InvocationPipeline {
  func validateArguments(of call: AuthorisedCall) throws(InvocationFailure) -> ValidatedCall {
    let document: JSONDocument
    do {
      document = try JSONDocument(parsing: call.request.arguments, limits: .strict)
    } catch {
      throw InvocationFailure(.invalidJSON, "the arguments are not valid JSON: \(error.message)")
    }
    let schema = call.enabled.function.inputSchema
    guard schema.isValid(document.root) else {
      let errors = schema.validate(document.root, maxErrors: 3)
      throw InvocationFailure(
        .schemaViolation, errors.map(\.message).joined(separator: "; "), pointer: errors.first?.instance)
    }
    return ValidatedCall(call)
  }
}
