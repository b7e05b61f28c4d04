import JSONCodec
import JSONSchema
import ToolContracts
import ToolRegistry

extension InvocationPipeline {
  /// What a plugin answers is believed no more than what a model asks.
  func validateResult(of call: ReturnedCall) throws(InvocationFailure) -> CallResult {
    let function = call.enabled.function
    do {
      if try isValid(call.payload, for: function) { return CallResult(json: call.payload) }
    } catch {
      throw InvocationFailure(
        .invalidResult, "\(function.name) answered something that is not JSON",
        detail: "\(error.code.rawValue) at byte \(error.offset)")
    }
    let error = function.outputSchema?.explain(call.payload, maxErrors: 1).first
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
