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
    let schema = call.enabled.function.inputSchema
    do {
      if try schema.isValid(text: call.request.arguments, limits: .strict) { return ValidatedCall(call) }
    } catch {
      throw InvocationFailure(.invalidJSON, "the arguments are not valid JSON: \(error.message)")
    }
    let errors = schema.explain(call.request.arguments, maxErrors: 3)
    throw InvocationFailure(
      .schemaViolation, errors.map(\.message).joined(separator: "; "), pointer: errors.first?.instance)
  }
}

extension CompiledSchema {
  /// What is wrong with a text that is JSON and not valid. Parsed again: most texts are valid and never come here.
  func explain(_ text: [UInt8], maxErrors: Int) -> [ValidationError] {
    guard let document = try? JSONDocument(parsing: text, limits: .strict) else { return [] }
    return validate(document.root, maxErrors: maxErrors)
  }
}
