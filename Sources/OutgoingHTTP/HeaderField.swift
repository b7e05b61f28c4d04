import Glibc
import Secrets
import ToolContracts

/// One header of a request, with the secrets that are to be put into it named and not yet there.
struct HeaderField {
  let name: String
  /// Text, and in between names of secrets.
  private let parts: [Part]

  private enum Part {
    case text(String)
    case secret(String)

    func byteCount(_ secrets: SecretValues) -> Int {
      switch self {
      case .text(let text): text.utf8.count
      case .secret(let name): secrets[name]?.count ?? 0
      }
    }
  }

  /// - Parameter value: `${secret:NAME}` in it stands for a secret.
  /// - Throws: `.argument` for what no header has, or what only the host may say.
  init(_ name: String, _ value: String) throws(ServiceRefusal) {
    let lowercased = name.lowercased()
    let isToken = !name.isEmpty && name.utf8.count <= 256 && name.utf8.allSatisfy(Self.isTokenCharacter)
    guard isToken, Self.isSendable(value.utf8), !Self.ofTheHost.contains(lowercased),
      !lowercased.hasPrefix("proxy-")
    else {
      throw ServiceRefusal(.argument, "a header that no plugin may set, or with characters that none has")
    }
    self.name = name
    parts = try Self.parts(of: value)
  }

  var secretNames: [String] {
    parts.compactMap { if case .secret(let name) = $0 { name } else { nil } }
  }

  /// Whether a redirect may take it to another server.
  var isForEveryOrigin: Bool { secretNames.isEmpty && Self.impersonal.contains(name.lowercased()) }
  var isContentType: Bool { name.lowercased() == "content-type" }
  var describesBody: Bool { name.lowercased().hasPrefix("content-") }

  /// - Throws: `.denied` for a secret that there is none of, or that is not for this server.
  func check(for entry: AllowedOrigin, _ secrets: SecretValues) throws(ServiceRefusal) {
    for name in secretNames {
      guard entry.secrets.contains(name), secrets[name]?.withBytes(Self.isSendable) == true else {
        throw ServiceRefusal(.denied, "the secret is not granted for this server, or cannot be had")
      }
    }
  }

  /// As it is sent, with the secrets that there are: it was checked before.
  ///
  /// - Parameter body: gets text that ends in 0 and is zeroed afterwards.
  func withLine<Result>(_ secrets: SecretValues, _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    let longest = name.utf8.count + parts.reduce(3) { $0 + $1.byteCount(secrets) }
    return withUnsafeTemporaryAllocation(byteCount: longest, alignment: 1) { memory in
      let start = memory.baseAddress!  // It has room for a line's end at least.
      defer { explicit_bzero(start, memory.count) }
      var end = 0
      func append(_ bytes: UnsafeRawBufferPointer) {
        UnsafeMutableRawBufferPointer(rebasing: memory[end...]).copyMemory(from: bytes)
        end += bytes.count
      }
      func append(_ text: String) {
        for byte in text.utf8 {
          memory[end] = byte
          end += 1
        }
      }
      append(name)
      append(": ")
      let valueStart = end
      for part in parts {
        switch part {
        case .text(let text): append(text)
        case .secret(let name): secrets[name]?.withBytes { append($0) }
        }
      }
      // For libcurl a header without a value ends in a semicolon, or it would take it for one to leave out.
      if memory[valueStart..<end].allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
        memory[valueStart - 2] = UInt8(ascii: ";")
        end = valueStart - 1
      }
      memory[end] = 0
      return body(start.assumingMemoryBound(to: CChar.self))
    }
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

  private static func isSendable(_ value: some Collection<UInt8>) -> Bool {
    value.count <= 16 << 10 && value.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7f) }
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
