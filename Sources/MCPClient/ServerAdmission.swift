package import Telemetry
package import ToolContracts

/// What becomes of a server's tools for one tenant.
package struct ServerAdmission: Sendable {
  /// Without tools where nothing of it can be used.
  package let source: MCPToolSource
  /// Whether it could be told what the server has.
  package let isKnown: Bool
  package let withheld: [WithheldTool]
  /// What the operator has to know.
  package let problems: [String]

  /// - Parameters:
  ///   - offered: what the server says that it has; nil where it does not run. Then it is known by what was approved
  ///     before: while it starts for the first time its calls wait for that, later they fail until it runs.
  ///   - mayComeLater: that it has not finished its first start is no problem.
  package init(
    of server: ExternalServer, offering offered: [OfferedTool]?, mayComeLater: Bool = false,
    for tenant: TenantID, pins store: PinStore, log: Log
  ) {
    let isExpected = mayComeLater && server.isStarting
    do throws(PinFailure) {
      let pins = try ServerAdmission.pins(of: server, offering: offered, for: tenant, in: store, log: log)
      guard let known = offered ?? pins else {
        let reason = "\(server.name) does not start: \(server.trouble ?? "it was stopped")"
        self.init(refusing: server, for: tenant, problems: isExpected ? [] : [reason])
        return
      }
      let review = ToolReview(known, of: server.name, pins: pins)
      var problems = review.problems
      if offered == nil, !isExpected {
        problems.append("\(server.name) does not run yet: \(server.trouble ?? "it is starting")")
      }
      self.init(
        source: MCPToolSource(review.usable, of: server, for: tenant), isKnown: true,
        withheld: review.withheld, problems: problems + review.withheld.map(\.explanation))
    } catch {
      let reason =
        "what was approved of \(server.name) cannot be told, so none of it is used: \(error.message)"
      self.init(refusing: server, for: tenant, problems: [reason])
    }
  }

  private init(refusing server: ExternalServer, for tenant: TenantID, problems: [String]) {
    self.init(
      source: MCPToolSource([], of: server, for: tenant), isKnown: false, withheld: [], problems: problems)
  }

  private init(source: MCPToolSource, isKnown: Bool, withheld: [WithheldTool], problems: [String]) {
    self.source = source
    self.isKnown = isKnown
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
