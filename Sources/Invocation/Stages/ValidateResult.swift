import JSONCodec
import JSONSchema
import ToolContracts
import ToolRegistry

extension InvocationPipeline {
  /// What a plugin answers is believed no more than what a model asks.
  func validateResult(of call: ReturnedCall) throws(InvocationFailure) -> CallResult {
    let function = call.enabled.function
    let document: JSONDocument
    do {
      document = try JSONDocument(parsing: call.payload, limits: .strict)
    } catch {
      throw InvocationFailure(
        .invalidResult, "\(function.name) answered something that is not JSON",
        detail: "\(error.code.rawValue) at byte \(error.offset)")
    }
    guard let schema = function.outputSchema, !schema.isValid(document.root) else {
      return CallResult(json: call.payload)
    }
    let error = schema.validate(document.root, maxErrors: 1).first
    throw InvocationFailure(
      .invalidResult, "\(function.name) answered something that its output schema does not allow",
      detail: error?.message, pointer: error?.instance)
  }
}
