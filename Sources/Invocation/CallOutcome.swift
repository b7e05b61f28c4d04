package import ModelContracts
package import ToolContracts

/// The result of a call that went well: JSON text that has passed the function's output schema.
package struct CallResult: Sendable, Equatable {
  package let json: [UInt8]
  /// Of a model call.
  package let charge: ModelCharge?

  init(json: [UInt8], charge: ModelCharge? = nil) {
    self.json = json
    self.charge = charge
  }
}

package typealias CallOutcome = Result<CallResult, InvocationFailure>
