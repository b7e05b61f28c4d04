import JSONCodec
import Manifests
import Testing
import ToolContracts

/// What a tenant lets a plugin ask of the host.
struct ServiceGrantsTests {
  private func load(calc: String, host: String = "") throws -> Configuration {
    try smallConfiguration([
      "acme.yaml": smallTenant.replacing("calc: {}", with: "calc: \(calc)"),
      "jackfield.yaml": smallHost + host,
    ]).load()
  }

  private func calc(_ text: String) throws -> PluginEnablement {
    try #require(try load(calc: text).tenants.first?.plugin("calc"))
  }

  private func faults(_ calc: String, asking secrets: [String] = ["KEY"]) throws -> [String] {
    let evaluate = FunctionDescriptor(name: "evaluate", description: "", inputSchema: .object(JSONObject()))
    let plugin = PluginDescriptor(id: "calc", version: "1.0.0", functions: [evaluate], secrets: secrets)
    do {
      return ConfigurationChecker(try load(calc: calc)).check(plugins: [plugin]).map(brief)
    } catch let errors as ManifestErrors {
      return errors.errors.map(brief)
    }
  }

  private func brief(_ error: ManifestError) -> String { "\(error.code.rawValue) \(error.pointer)" }

  @Test func whatIsNotListedIsNotGranted() throws {
    #expect(try calc("{}").services == ServiceGrants())
    #expect(try calc("{services: {}}").services.names.isEmpty)
    #expect(try calc("{services: {ask: false}}").services.names.isEmpty)
  }

  @Test func everyServiceIsReadWithItsLimits() throws {
    let services = try calc(
      """
      {
          secrets: {KEY: {env: API_KEY}},
          services: {
            kv: {max_keys: 5, max_bytes: 1000},
            http: {
              allow: [{host: api.example.com, secrets: [KEY]}, {host: "*.example.org", scheme: http, port: 8080}],
              max_response_bytes: 9, max_concurrent: 2, timeout: 3s},
            call: {tools: ["clock.*"]}, ask: true}}
      """
    ).services
    #expect(services.names == ["jf.kv/1", "jf.http/1", "jf.call/1", "jf.ask/1"])
    #expect(services.keyValue == KeyValueGrant(maxKeys: 5, maxBytes: 1000))
    #expect(
      services.http
        == HTTPGrant(
          allow: [
            AllowedOrigin(HTTPOrigin(host: "api.example.com"), secrets: ["KEY"]),
            AllowedOrigin(HTTPOrigin(scheme: "http", host: "*.example.org", port: 8080)),
          ], maxResponseBytes: 9, timeoutNanoseconds: 3_000_000_000, maxConcurrent: 2))
    #expect(services.call == CallGrant(tools: [NamePattern("clock.*")]))
  }

  @Test func aSuffixStandsForNamesBelowIt() throws {
    let grant = HTTPGrant(allow: [AllowedOrigin(HTTPOrigin(host: "*.example.com"))])
    #expect(grant.entry(for: HTTPOrigin(host: "a.b.example.com")) != nil)
    for host in ["example.com", ".example.com", "badexample.com", "example.com.evil.net"] {
      #expect(grant.entry(for: HTTPOrigin(host: host)) == nil, "\(host)")
    }
    #expect(grant.entry(for: HTTPOrigin(scheme: "http", host: "a.example.com")) == nil)
    #expect(grant.entry(for: HTTPOrigin(host: "a.example.com", port: 8443)) == nil)
  }

  @Test func aSecretsPlaceIsRead() throws {
    let secrets = try calc("{secrets: {A: {env: E}, B: {file: keys/b}, C: {file: /k}, D: {credential: d}}}")
      .secrets
    #expect(secrets.map(\.name) == ["A", "B", "C", "D"])
    #expect(secrets[0].source == .environment("E") && secrets[2].source == .file("/k"))
    #expect(secrets[3].source == .credential("d"))
    guard case .file(let path) = secrets[1].source else { return #expect(Bool(false)) }
    #expect(path.hasPrefix("/") && path.hasSuffix("/keys/b"))
  }

  @Test(arguments: [
    ("{services: {disk: {}}}", "unknown_key /plugins/calc/services/disk"),
    ("{services: {http: {}}}", "missing_key /plugins/calc/services/http"),
    ("{services: {http: {allow: []}}}", "schema_violation /plugins/calc/services/http/allow"),
    (
      "{services: {http: {allow: [{host: Example.com}]}}}",
      "schema_violation /plugins/calc/services/http/allow/0/host"
    ),
    (
      "{services: {http: {allow: [{host: \"*\"}]}}}",
      "schema_violation /plugins/calc/services/http/allow/0/host"
    ),
    (
      "{services: {http: {allow: [{host: a.b, private: true}]}}}",
      "unknown_key /plugins/calc/services/http/allow/0/private"
    ),
    (
      "{services: {http: {allow: [{host: a.b, secrets: [KEY]}]}}}",
      "unknown_secret /plugins/calc/services/http/allow/0/secrets/0"
    ),
    ("{secrets: {KEY: {env: A, file: b}}}", "schema_violation /plugins/calc/secrets/KEY"),
    ("{secrets: {KEY: s3cret}}", "schema_violation /plugins/calc/secrets/KEY"),
    ("{secrets: {KEZ: {env: A}}}", "unknown_secret /plugins/calc/secrets/KEZ"),
  ])
  func aFaultOfAGrantHasItsPlace(calc: String, fault: String) throws { #expect(try faults(calc) == [fault]) }

  @Test func onlyTheHostsManifestReachesWhatIsNotPublic() throws {
    let configuration = try load(
      calc: "{}",
      host: "\nhttp: {private_origins: [{host: 127.0.0.1, scheme: http, port: 9000}, {host: db.internal}]}\n")
    #expect(
      configuration.host.privateOrigins == [
        HTTPOrigin(scheme: "http", host: "127.0.0.1", port: 9000), HTTPOrigin(host: "db.internal"),
      ])
    #expect(throws: ManifestErrors.self) {
      try load(calc: "{}", host: "\nhttp: {private_origins: [{host: \"*.internal\"}]}\n")
    }
  }
}
