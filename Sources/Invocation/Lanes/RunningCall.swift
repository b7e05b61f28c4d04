package import ToolContracts

/// What a backend's function came back with.
package enum CallReturn: Sendable, Equatable {
  /// The status and the bytes that the plugin gave; nothing in them is checked.
  case returned(CallStatus, [UInt8])
  /// The payload was longer than allowed; it was not copied.
  case tooLarge(byteCount: Int)
  case timedOut
  case cancelled
}

/// Everything that a lane needs to run one call.
package struct LaneCall: Sendable {
  package var backend: any ToolBackend
  package var function: Int
  package var mayPend: Bool
  /// Owned by the call: the plugin may still read it after the caller was answered.
  package var arguments: [UInt8]
  package var deadline: Deadline
  package var maxResultBytes: Int
  package var info: CallInfo
  package var observer: (any CallObserver)?

  package init(
    backend: any ToolBackend, function: Int, mayPend: Bool, arguments: [UInt8], deadline: Deadline,
    maxResultBytes: Int, info: CallInfo, observer: (any CallObserver)? = nil
  ) {
    self.backend = backend
    self.function = function
    self.mayPend = mayPend
    self.arguments = arguments
    self.deadline = deadline
    self.maxResultBytes = maxResultBytes
    self.info = info
    self.observer = observer
  }
}
