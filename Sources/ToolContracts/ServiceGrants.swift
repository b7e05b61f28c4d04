/// What an operator lets one plugin ask of the host for one tenant. What is nil is not granted.
package struct ServiceGrants: Sendable, Equatable {
  package var keyValue: KeyValueGrant?
  package var http: HTTPGrant?
  /// Whether it may ask the person for whom a call runs.
  package var ask = false

  package init() {}
}

package struct KeyValueGrant: Sendable, Equatable {
  package var maxKeys: Int
  package var maxBytes: Int

  package init(maxKeys: Int = 10_000, maxBytes: Int = 16 << 20) {
    self.maxKeys = maxKeys
    self.maxBytes = maxBytes
  }
}

/// Where a plugin's requests may go, and how much of them.
package struct HTTPGrant: Sendable, Equatable {
  package var allow: [AllowedOrigin]
  package var maxResponseBytes: Int

  package init(allow: [AllowedOrigin], maxResponseBytes: Int = 16 << 20) {
    self.allow = allow
    self.maxResponseBytes = maxResponseBytes
  }

  /// The entry that lets this origin be reached; an exact one before a suffix.
  package func entry(scheme: String, host: String, port: Int) -> AllowedOrigin? {
    let matching = allow.filter { $0.scheme == scheme && $0.port == port && $0.matches(host: host) }
    return matching.first { !$0.isSuffix } ?? matching.first
  }
}

package struct AllowedOrigin: Sendable, Equatable {
  /// `http` or `https`.
  package var scheme: String
  /// In lower case: a name, an address, or `*.` and what names must end in.
  package var host: String
  package var port: Int
  /// Whether addresses that are not public may answer to it. Only for one exact host.
  package var isPrivate: Bool

  package init(scheme: String = "https", host: String, port: Int? = nil, isPrivate: Bool = false) {
    self.scheme = scheme
    self.host = host
    self.port = port ?? (scheme == "http" ? 80 : 443)
    self.isPrivate = isPrivate
  }

  package var isSuffix: Bool { host.hasPrefix("*.") }

  fileprivate func matches(host name: String) -> Bool {
    guard isSuffix else { return name == host }
    let suffix = host.dropFirst()
    return name.utf8.count > suffix.utf8.count && name.hasSuffix(suffix)
  }
}

/// Where the value of a secret is kept. The value itself is in no manifest.
package enum SecretSource: Sendable, Equatable {
  case environment(String)
  case file(String)
  /// By its name in the folder that the service supervisor gives this process.
  case credential(String)
}
