/// What an operator lets one plugin ask of the host for one tenant. What is nil is not granted.
package struct ServiceGrants: Sendable, Equatable {
  package var keyValue: KeyValueGrant?
  package var http: HTTPGrant?
  package var call: CallGrant?
  /// Whether it may ask the person for whom a call runs.
  package var ask = false

  package init() {}

  /// The services, by the names that descriptors have for them.
  package var names: [String] {
    [
      keyValue.map { _ in "jf.kv/1" }, http.map { _ in "jf.http/1" }, call.map { _ in "jf.call/1" },
      ask ? "jf.ask/1" : nil,
    ].compactMap { $0 }
  }
}

package struct KeyValueGrant: Sendable, Equatable {
  package var maxKeys: Int
  package var maxBytes: Int

  package init(maxKeys: Int = 10_000, maxBytes: Int = 16 << 20) {
    self.maxKeys = maxKeys
    self.maxBytes = maxBytes
  }
}

/// Which tools a plugin may call, of those that its caller may.
package struct CallGrant: Sendable, Equatable {
  package var tools: [NamePattern]

  package init(tools: [NamePattern]) { self.tools = tools }
}

/// Where a plugin's requests may go, and how much of them.
package struct HTTPGrant: Sendable, Equatable {
  package var allow: [AllowedOrigin]
  /// Of one response, after it was decoded.
  package var maxResponseBytes: Int
  /// Of one exchange, from the request to the last byte of the response; nil: as long as the call may take.
  package var timeoutNanoseconds: Int64?
  package var maxConcurrent: Int

  package init(
    allow: [AllowedOrigin], maxResponseBytes: Int = 16 << 20, timeoutNanoseconds: Int64? = nil,
    maxConcurrent: Int = 256
  ) {
    self.allow = allow
    self.maxResponseBytes = maxResponseBytes
    self.timeoutNanoseconds = timeoutNanoseconds
    self.maxConcurrent = maxConcurrent
  }

  /// The entry that lets this origin be reached; an exact one before a suffix.
  package func entry(for origin: HTTPOrigin) -> AllowedOrigin? {
    let matching = allow.filter { $0.matches(origin) }
    return matching.first { !$0.isSuffix } ?? matching.first
  }
}

/// One server, as browsers tell servers apart.
package struct HTTPOrigin: Hashable, Sendable, CustomStringConvertible {
  /// `http` or `https`.
  package var scheme: String
  /// In lower case: a name, or an address without brackets.
  package var host: String
  package var port: Int

  /// - Parameter port: nil: that of the scheme.
  package init(scheme: String = "https", host: String, port: Int? = nil) {
    self.scheme = scheme
    self.host = host
    self.port = port ?? (scheme == "http" ? 80 : 443)
  }

  package var description: String {
    host.utf8.contains(UInt8(ascii: ":")) ? "\(scheme)://[\(host)]:\(port)" : "\(scheme)://\(host):\(port)"
  }
}

package struct AllowedOrigin: Sendable, Equatable {
  /// Its host may be `*.` and what names must end in.
  package var origin: HTTPOrigin
  /// The secrets that requests to it may carry, by the names that the plugin's descriptor gives them.
  package var secrets: Set<String>
  /// Who may have signed its certificate, as PEM; nil: whom the host trusts.
  package var authorities: [UInt8]?

  package init(_ origin: HTTPOrigin, secrets: Set<String> = [], authorities: [UInt8]? = nil) {
    self.origin = origin
    self.secrets = secrets
    self.authorities = authorities
  }

  package var isSuffix: Bool { origin.host.hasPrefix("*.") }

  fileprivate func matches(_ other: HTTPOrigin) -> Bool {
    guard origin.scheme == other.scheme, origin.port == other.port else { return false }
    guard isSuffix else { return other.host == origin.host }
    let suffix = origin.host.dropFirst()
    return other.host.utf8.count > suffix.utf8.count && other.host.hasSuffix(suffix)
  }
}

/// Where the value of a secret is kept. The value itself is in no manifest.
package enum SecretSource: Sendable, Equatable {
  case environment(String)
  case file(String)
  /// By its name in the folder that the service supervisor gives this process.
  case credential(String)
}
