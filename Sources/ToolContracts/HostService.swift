/// One question that a running call puts to a service of the host.
package struct ServiceRequest: Sendable {
  /// Numbered by the service: sandbox/services/include/plugin_services.h.
  package var operation: UInt32
  package var call: CallHandle
  /// On whose behalf.
  package var info: CallInfo
  /// As the service reads them; a plugin's word, not checked.
  package var bytes: [UInt8]
  /// After it nobody waits for the answer.
  package var deadline: Deadline
  /// Told where nobody waits any more, at the deadline too.
  package var cancellation: Cancellation

  package init(
    operation: UInt32, call: CallHandle, info: CallInfo, bytes: [UInt8], deadline: Deadline,
    cancellation: Cancellation
  ) {
    self.operation = operation
    self.call = call
    self.info = info
    self.bytes = bytes
    self.deadline = deadline
    self.cancellation = cancellation
  }
}

package struct ServiceAnswer: Sendable, Equatable {
  package var status: CallStatus
  package var bytes: [UInt8]
  /// It is a part, and another follows.
  package var goesOn: Bool

  package init(_ status: CallStatus, _ bytes: [UInt8] = [], goesOn: Bool = false) {
    self.status = status
    self.bytes = bytes
    self.goesOn = goesOn
  }
}

/// Something that the host does for a plugin, for one tenant, as far as the operator granted it: `jf.kv/1`.
package protocol HostService: Sendable {
  /// Never blocks: its caller may be the one thread that serves every worker.
  ///
  /// - Parameter reply: called exactly once, or for each part of an answer that comes in parts, one after the other; from any
  ///   thread, possibly before this returns. What is said once nobody waits any more is dropped by whoever asked.
  func answer(_ request: ServiceRequest, reply: @escaping @Sendable (ServiceAnswer) -> Void)

  /// No more questions of this call follow: what was kept for it may go. Never blocks.
  func ended(_ call: CallHandle)
}

extension HostService {
  package func ended(_ call: CallHandle) {}
}

/// What one plugin may ask of the host for one tenant: what its descriptor asks for and the operator granted.
package struct GrantedServices: Sendable {
  private let services: [String: any HostService]

  package static let none = GrantedServices([:])

  package init(_ services: [String: any HostService]) { self.services = services }

  package subscript(name: String) -> (any HostService)? { services[name] }
  package var names: [String] { services.keys.sorted() }

  package func limited(to names: [String]) -> GrantedServices {
    GrantedServices(services.filter { names.contains($0.key) })
  }

  package func ended(_ call: CallHandle) {
    for service in services.values { service.ended(call) }
  }
}
