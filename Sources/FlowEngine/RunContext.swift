package import JSONCodec
import Storage
package import ToolContracts

/// What a run knows of whom it is for. The same when it is resumed or gone through again.
package struct RunContext: Sendable, Equatable {
  package var tenant: String
  /// Empty where nobody is named.
  package var user: String
  /// The day on which the run began, in UTC: `2026-01-30`.
  package var date: String

  package init(tenant: String = "", user: String = "", date: String = "") {
    self.tenant = tenant
    self.user = user
    self.date = date
  }

  package init(_ principal: Principal, _ run: RunID) {
    self.init(
      tenant: principal.tenant.description, user: principal.user,
      date: String(timestamp(run.milliseconds &* 1_000_000).prefix(10)))
  }

  /// What the conditions of a flow are held against.
  package func json(flow: String, agent: String) -> JSONValue {
    [
      "tenant": .string(tenant), "user": .string(user), "date": .string(date), "flow": .string(flow),
      "agent": .string(agent),
    ]
  }

  /// What `{{name}}` stands for in the instructions of an agent.
  package func variables(flow: String, agent: String) -> [String: String] {
    ["tenant": tenant, "user": user, "date": date, "flow": flow, "agent": agent]
  }
}

extension RunID {
  /// Since 1970, when the run began.
  fileprivate var milliseconds: Int64 { Int64(truncatingIfNeeded: value >> 80) }
}
