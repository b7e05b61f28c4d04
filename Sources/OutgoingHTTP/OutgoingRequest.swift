import JSONCodec
import ToolContracts

/// A request as a plugin wants it sent: its form is checked. Where it may go is checked by `Destination`, and what of it
/// may go there by `Headers`.
struct OutgoingRequest {
  var method: String
  let url: String
  var headers: [HeaderField]
  var body: [UInt8]
  /// How long the head of the answer, and each piece of its body, may be waited for; nil: as long as the call takes.
  let responseTimeout: Int64?
  let idleTimeout: Int64?

  /// - Throws: `.argument` or `.limit`.
  init(head: [UInt8], body: [UInt8]) throws(ServiceRefusal) {
    guard head.count <= 64 << 10, let text = String(validating: head, as: UTF8.self),
      let parsed = try? JSONValue(parsing: text, limits: JSONLimits(maxDepth: 8)), let object = parsed.object,
      let url = object["url"]?.string, url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
    else { throw ServiceRefusal(.argument, "a request is an object with a url of printable ASCII") }
    self.url = url
    self.body = body
    method = object["method"]?.string ?? "GET"
    guard Self.methods.contains(method) else { throw ServiceRefusal(.argument, "no such method") }
    responseTimeout = try Self.milliseconds(object["response_timeout_ms"])
    idleTimeout = try Self.milliseconds(object["idle_timeout_ms"])
    let pairs = object["headers"]?.array ?? []
    guard pairs.count <= 100 else { throw ServiceRefusal(.limit, "too many headers") }
    headers = []
    for pair in pairs {
      guard let pair = pair.array, pair.count == 2, let name = pair[0].string, let value = pair[1].string
      else { throw ServiceRefusal(.argument, "headers are pairs of a name and a value") }
      headers.append(try HeaderField(name, value))
    }
  }

  /// Whether it asks for something, and for nothing to be done.
  var isSafe: Bool { method == "GET" || method == "HEAD" || method == "OPTIONS" }

  /// Whether servers want to be told the length of its body even where there is none.
  var needsLength: Bool { method == "POST" || method == "PUT" || method == "PATCH" }

  /// The request that follows a redirect.
  mutating func redirect(status: Int, toOtherOrigin isElsewhere: Bool) {
    if status == 303 && method != "HEAD" || (status == 301 || status == 302) && method == "POST" {
      method = "GET"
      body = []
      headers.removeAll { $0.describesBody }
    }
    if isElsewhere { headers.removeAll { !$0.isForEveryOrigin } }
  }

  private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
  private static let longestTimeout: Int64 = 24 * 60 * 60 * 1000

  private static func milliseconds(_ value: JSONValue?) throws(ServiceRefusal) -> Int64? {
    guard let value else { return nil }
    guard let milliseconds = value.number?.int, (1...longestTimeout).contains(milliseconds) else {
      throw ServiceRefusal(.argument, "a timeout is a number of milliseconds, from 1 to those of a day")
    }
    return milliseconds * 1_000_000
  }
}
