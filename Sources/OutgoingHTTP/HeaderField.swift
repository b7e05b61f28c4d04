import ToolContracts

/// One header of a request, with the secrets that are to be put into it named and not yet there.
struct HeaderField {
  let name: String
  /// Text, and in between names of secrets.
  private let parts: [Part]

  private enum Part {
    case text(String)
    case secret(String)
  }

  /// - Parameter value: `${secret:NAME}` in it stands for a secret.
  /// - Throws: `.argument` for what no header has, or what only the host may say.
  init(_ name: String, _ value: String) throws(ServiceRefusal) {
    let lowercased = name.lowercased()
    let isToken = !name.isEmpty && name.utf8.count <= 256 && name.utf8.allSatisfy(Self.isTokenCharacter)
    guard isToken, Self.isSendable(value), !Self.ofTheHost.contains(lowercased),
      !lowercased.hasPrefix("proxy-")
    else {
      throw ServiceRefusal(.argument, "a header that no plugin may set, or with characters that none has")
    }
    self.name = name
    parts = try Self.parts(of: value)
  }

  var namesSecret: Bool {
    parts.contains { if case .secret = $0 { true } else { false } }
  }

  /// Whether a redirect may take it to another server.
  var isForEveryOrigin: Bool { !namesSecret && Self.impersonal.contains(name.lowercased()) }
  var isContentType: Bool { name.lowercased() == "content-type" }
  var describesBody: Bool { name.lowercased().hasPrefix("content-") }

  /// As it is sent.
  ///
  /// - Throws: `.denied` for a secret that there is none of, or that is not for this server.
  func line(for entry: AllowedOrigin, _ secrets: SecretValues) throws(ServiceRefusal) -> String {
    var value = ""
    for part in parts {
      switch part {
      case .text(let text): value += text
      case .secret(let name):
        guard entry.secrets.contains(name), let secret = secrets[name], Self.isSendable(secret) else {
          throw ServiceRefusal(.denied, "the secret is not granted for this server")
        }
        value += secret
      }
    }
    // For libcurl a header without a value ends in a semicolon, or it would take it for one to leave out.
    return value.allSatisfy({ $0 == " " || $0 == "\t" }) ? "\(name);" : "\(name): \(value)"
  }

  /// What frames the message, names its receiver or says how its body may come: the host's alone.
  private static let ofTheHost: Set<String> = [
    "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade",
    "expect", "http2-settings", "accept-encoding",
  ]
  private static let impersonal: Set<String> = [
    "accept", "accept-language", "content-type", "content-language", "user-agent", "range", "if-match",
    "if-none-match", "if-modified-since", "if-unmodified-since",
  ]

  private static func parts(of value: String) throws(ServiceRefusal) -> [Part] {
    let mark = "${secret:"
    var parts: [Part] = []
    var rest = Substring(value)
    while let start = rest.firstIndex(of: "$") {
      guard rest[start...].hasPrefix(mark) else {
        parts.append(.text(String(rest[...start])))
        rest = rest[rest.index(after: start)...]
        continue
      }
      guard let end = rest[start...].firstIndex(of: "}") else {
        throw ServiceRefusal(.argument, "a secret in a header is ${secret:NAME}")
      }
      parts.append(.text(String(rest[..<start])))
      parts.append(.secret(String(rest[start..<end].dropFirst(mark.count))))
      rest = rest[rest.index(after: end)...]
    }
    return parts + [.text(String(rest))]
  }

  private static func isSendable(_ value: String) -> Bool {
    value.utf8.count <= 16 << 10 && value.utf8.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7f) }
  }

  private static func isTokenCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
