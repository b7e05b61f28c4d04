import JSONCodec
import JSONSchema
import ToolContracts
import ToolRegistry

/// A call whose arguments are what the function's input schema asks for.
struct ValidatedCall: Sendable {
  let request: CallRequest
  let enabled: EnabledFunction
  let deadline: Deadline
  let arguments: ValidArguments

  fileprivate init(_ authorised: AuthorisedCall, _ arguments: ValidArguments) {
    request = authorised.request
    enabled = authorised.enabled
    deadline = authorised.deadline
    self.arguments = arguments
  }
}

/// Arguments as the function gets them, and what was mended about them.
struct ValidArguments: Sendable {
  let json: [UInt8]
  let repairs: [RepairStep]
}

extension InvocationPipeline {
  func validateArguments(of call: AuthorisedCall) throws(InvocationFailure) -> ValidatedCall {
    let schema = call.enabled.function.inputSchema
    let json = call.request.arguments
    do {
      if call.request.mayRepair, !call.enabled.repair.isEmpty {
        if let mended = try mended(json, call.enabled) { return ValidatedCall(call, mended) }
      } else if try schema.isValid(text: json, limits: .strict) {
        return ValidatedCall(call, ValidArguments(json: json, repairs: []))
      }
    } catch {
      throw InvocationFailure(.invalidJSON, "the arguments are not valid JSON: \(error.message)")
    }
    let errors = schema.explain(json, maxErrors: 3)
    throw InvocationFailure(
      .schemaViolation, errors.map(\.message).joined(separator: "; "), pointer: errors.first?.instance)
  }

  /// - Returns: nil where the operator allows no change that leads to valid arguments.
  private func mended(_ json: [UInt8], _ enabled: EnabledFunction) throws(JSONError) -> ValidArguments? {
    let document = try JSONDocument(parsing: json, limits: .strict)
    guard let repaired = enabled.function.inputSchema.repaired(document.root, options: enabled.repair) else {
      return nil
    }
    return ValidArguments(
      json: repaired.steps.isEmpty ? json : repaired.value.serialized(), repairs: repaired.steps)
  }
}

extension CompiledSchema {
  /// What is wrong with a text that is JSON and not valid. Parsed again: most texts are valid and never come here.
  func explain(_ text: [UInt8], maxErrors: Int) -> [ValidationError] {
    guard let document = try? JSONDocument(parsing: text, limits: .strict) else { return [] }
    return validate(document.root, maxErrors: maxErrors)
  }
}
