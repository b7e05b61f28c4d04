package import ToolContracts

/// The result of a call that went well: JSON text that has passed the function's output schema.
package struct CallResult: Sendable, Equatable {
  package let json: [UInt8]

  init(json: [UInt8]) { self.json = json }
}

package typealias CallOutcome = Result<CallResult, InvocationFailure>
