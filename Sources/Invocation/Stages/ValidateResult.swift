import JSONCodec
import JSONSchema
import ToolContracts
import ToolRegistry

extension InvocationPipeline {
  /// What a plugin answers is believed no more than what a model asks.
  func validateResult(of call: ReturnedCall) throws(InvocationFailure) -> CallResult {
    try validResult(call.payload, of: call.enabled.function)
  }

  func validResult(
    _ payload: [UInt8], of function: RegisteredFunction
  ) throws(InvocationFailure) -> CallResult {
    do {
      if try isValid(payload, for: function) { return CallResult(json: payload) }
    } catch {
      throw InvocationFailure(
        .invalidResult, "\(function.name) answered something that is not JSON",
        detail: "\(error.code.rawValue) at byte \(error.offset)")
    }
    let error = function.outputSchema?.explain(payload, maxErrors: 1).first
    throw InvocationFailure(
      .invalidResult, "\(function.name) answered something that its output schema does not allow",
      detail: error?.message, pointer: error?.instance)
  }

  private func isValid(_ payload: [UInt8], for function: RegisteredFunction) throws(JSONError) -> Bool {
    if let schema = function.outputSchema { return try schema.isValid(text: payload, limits: .strict) }
    _ = try JSONDocument(parsing: payload, limits: .strict)
    return true
  }
}
