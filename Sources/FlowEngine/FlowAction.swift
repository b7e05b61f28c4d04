package import Storage
package import ToolContracts

/// What is to be done next. The state machine says it, the runner does it.
package enum FlowAction: Sendable {
  case callModel(ModelCall)
  /// All of them, at once if possible; their results go back in this order.
  case callTools([ToolCallStep])
  case finish(FlowOutcome)
}

package struct ModelCall: Sendable {
  package var step: UInt32
  package var turn: UInt32
  package var agent: String
  package var provider: ToolName
  package var request: [UInt8]
}

package struct ToolCallStep: Sendable {
  package var step: UInt32
  package var turn: UInt32
  package var agent: String
  package var tool: ToolName
  package var arguments: [UInt8]
}

/// Something for the journal, without the time.
package struct FlowRecord: Sendable, Equatable {
  package var kind: JournalEvent.Kind
  package var turn: UInt32
  package var agent: String
  package var step: UInt32?
  package var data: [UInt8]
}

/// What follows from what happened: first what to journal and to show, then what to do.
package struct FlowTransition: Sendable {
  package var records: [FlowRecord]
  package var shown: [FlowEvent]
  package var action: FlowAction
}
