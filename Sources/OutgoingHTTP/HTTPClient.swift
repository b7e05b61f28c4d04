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
  /// Who may have signed servers' certificates, beside those whom the system trusts, as PEM.
  package var authorities: [UInt8]?
  /// `host:port:address` that go before what name servers say; what is said of addresses holds for these too.
  package var resolutions: [String]
  package var audit: ServiceAudit
  let connections = KeptConnections()

  package init(
    _ user: ServiceUser, grant: HTTPGrant, secrets: SecretValues = .none,
    privateOrigins: Set<HTTPOrigin> = [], authorities: [UInt8]? = nil, resolutions: [String] = [],
    audit: @escaping ServiceAudit = { _ in }
  ) {
    self.user = user
    self.grant = grant
    self.secrets = secrets
    self.privateOrigins = privateOrigins
    self.authorities = authorities
    self.resolutions = resolutions
    self.audit = audit
  }
}
