package import HostServices
package import ToolContracts

/// What one plugin may do with the network for one tenant.
package struct HTTPClient: Sendable {
  package var user: ServiceUser
  package var grant: HTTPGrant
  package var secrets: SecretValues
  /// Servers that may have an address which is not public: of this machine or of its network. The host's operator names
  /// them; no tenant does. The grant must allow them as well.
  package var privateOrigins: Set<HTTPOrigin>
  /// `host:port:address` that go before what name servers say; what is said of addresses holds for these too.
  package var resolutions: [String]
  package var audit: ServiceAudit

  package init(
    _ user: ServiceUser, grant: HTTPGrant, secrets: SecretValues = .none,
    privateOrigins: Set<HTTPOrigin> = [], resolutions: [String] = [],
    audit: @escaping ServiceAudit = { _ in }
  ) {
    self.user = user
    self.grant = grant
    self.secrets = secrets
    self.privateOrigins = privateOrigins
    self.resolutions = resolutions
    self.audit = audit
  }
}
