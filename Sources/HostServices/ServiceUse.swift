import JSONCodec
package import Storage
package import ToolContracts

/// Whom a service was made for: one plugin, for one tenant.
package struct ServiceUser: Hashable, Sendable {
  package var tenant: TenantID
  package var plugin: String

  package init(tenant: TenantID, plugin: String) {
    self.tenant = tenant
    self.plugin = plugin
  }
}

/// Something that a plugin did through the host, or was kept from doing, for whoever asks later.
package struct ServiceUse: Sendable {
  package var info: CallInfo
  package var service: String
  package var plugin: String
  package var operation: String
  package var status: CallStatus
  /// What can be counted of it, by name.
  package var numbers: [(name: String, value: Int64)]
  /// Stable across releases: what of the many things it was that `status` stands for; nil: it says enough.
  package var reason: String?
  /// For the operator alone: it may name hosts.
  package var detail: String

  package init(
    info: CallInfo, service: String, plugin: String, operation: String, status: CallStatus,
    numbers: [(name: String, value: Int64)] = [], reason: String? = nil, detail: String = ""
  ) {
    self.info = info
    self.service = service
    self.plugin = plugin
    self.operation = operation
    self.status = status
    self.numbers = numbers
    self.reason = reason
    self.detail = detail
  }

  /// - Parameter time: nanoseconds since 1970.
  package func event(at time: Int64) -> JournalEvent {
    var data = JSONWriter(reserving: 256)
    data.beginObject()
    data.field("service", service)
    data.field("plugin", plugin)
    data.field("operation", operation)
    data.field("status", status.name)
    for (name, value) in numbers { data.field(name, value) }
    if let reason { data.field("reason", reason) }
    if !detail.isEmpty { data.field("detail", detail) }
    data.endObject()
    return JournalEvent(
      time: time, tenant: info.tenant, run: info.call.run, turn: info.position.turn,
      agent: info.position.agent, kind: .serviceUsed, step: info.call.step, data: data.bytes)
  }
}

/// Where uses are told. Must not block.
package typealias ServiceAudit = @Sendable (ServiceUse) -> Void

extension CallStatus {
  /// As the journal has it.
  fileprivate var name: String {
    switch self {
    case .ok: "ok"
    case .argument: "argument"
    case .unsupported: "unsupported"
    case .denied: "denied"
    case .notFound: "not_found"
    case .cancelled: "cancelled"
    case .deadline: "deadline"
    case .limit: "limit"
    case .state: "state"
    case .busy: "busy"
    case .io: "io"
    case .tool: "tool"
    default: "internal"
    }
  }
}
