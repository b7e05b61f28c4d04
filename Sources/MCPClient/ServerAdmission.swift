package import Telemetry
package import ToolContracts

/// What becomes of a server's tools for one tenant.
package struct ServerAdmission: Sendable {
  /// Nil: nothing of it can be used.
  package let source: MCPToolSource?
  package let withheld: [WithheldTool]
  /// What the operator has to know.
  package let problems: [String]

  /// - Parameters:
  ///   - offered: what the server says that it has; nil where it does not run. Then it is known by what was approved
  ///     before, and its calls fail until it runs.
  package init(
    of server: ExternalServer, offering offered: [OfferedTool]?, for tenant: TenantID, pins store: PinStore,
    log: Log
  ) {
    do throws(PinFailure) {
      let pins = try ServerAdmission.pins(of: server, offering: offered, for: tenant, in: store, log: log)
      guard let known = offered ?? pins else {
        self.init(refusing: "\(server.name) does not start: \(server.trouble ?? "it was stopped")")
        return
      }
      let review = ToolReview(known, of: server.name, pins: pins)
      var problems = review.problems
      if offered == nil {
        problems.append("\(server.name) does not run yet: \(server.trouble ?? "it is starting")")
      }
      self.init(
        source: MCPToolSource(review.usable, of: server, for: tenant), withheld: review.withheld,
        problems: problems + review.withheld.map(\.explanation))
    } catch {
      self.init(
        refusing:
          "what was approved of \(server.name) cannot be told, so none of it is used: \(error.message)")
    }
  }

  private init(refusing problem: String) { self.init(source: nil, withheld: [], problems: [problem]) }

  private init(source: MCPToolSource?, withheld: [WithheldTool], problems: [String]) {
    self.source = source
    self.withheld = withheld
    self.problems = problems
  }

  /// Pins everything of a server that is new to the tenant.
  private static func pins(
    of server: ExternalServer, offering offered: [OfferedTool]?, for tenant: TenantID, in store: PinStore,
    log: Log
  ) throws(PinFailure) -> [OfferedTool]? {
    if let pins = try store.pins(of: server.name, for: tenant) { return pins }
    guard let offered else { return nil }
    guard try store.create(offered, of: server.name, for: tenant) else {
      return try store.pins(of: server.name, for: tenant)
    }
    log.warning(
      "the tools of a new mcp server are trusted as they are now",
      ["mcp_server": "\(server.name)", "tenant": "\(tenant)", "tools": .integer(Int64(offered.count))])
    return offered
  }
}

extension WithheldTool {
  /// What the operator has to know.
  package var explanation: String {
    let what = reason == .new ? "is new at its server" : "is not described as it was when it was approved"
    return "\(name) \(what) and is withheld: see jackfield tool approve \(name)"
  }
}
