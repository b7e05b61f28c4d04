package import Admission
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

/// What a function is asked for.
package enum CallPurpose: Sendable {
  case invoke
  case reconcile
  case preview
}

/// Everything that a lane needs to run one call.
package final class LaneCall: Sendable {
  package let backend: any ToolBackend
  package let function: Int
  package let purpose: CallPurpose
  package let mayPend: Bool
  /// Owned by the call: the plugin may still read it after the caller was answered.
  package let arguments: [UInt8]
  package let deadline: Deadline
  package let maxResultBytes: Int
  package let info: CallInfo
  package let observer: (any CallObserver)?
  package let asker: (any InquiryPort)?
  /// Left once the plugin is done with the call, which may be long after the caller was answered.
  package let gate: AdmissionGate?
  /// Whether the place at the gate is given away while a person is asked. Not that of a plugin which takes one call at a
  /// time: it is still inside of this one.
  package let lendsItsPlace: Bool

  package init(
    backend: any ToolBackend, function: Int, purpose: CallPurpose = .invoke, mayPend: Bool,
    arguments: [UInt8], deadline: Deadline, maxResultBytes: Int, info: CallInfo,
    observer: (any CallObserver)? = nil, asker: (any InquiryPort)? = nil,
    gate: AdmissionGate? = nil, lendsItsPlace: Bool = false
  ) {
    self.backend = backend
    self.function = function
    self.purpose = purpose
    self.mayPend = mayPend
    self.arguments = arguments
    self.deadline = deadline
    self.maxResultBytes = maxResultBytes
    self.info = info
    self.observer = observer
    self.asker = asker
    self.gate = gate
    self.lendsItsPlace = lendsItsPlace
  }
}
