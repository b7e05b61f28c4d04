import CPluginServices
import HostServices
import Locking
import OutgoingHTTP
import Secrets
import Testing
import ToolContracts

/// One plugin's service over the network, asked as a plugin's own tables ask it.
final class HTTPExchanges: Sendable {
  let server: LocalServer
  let cancellation = Cancellation()
  private let thread: TransferThread
  private let uses = Lock<[ServiceUse]>([])
  private let user = ServiceUser(tenant: TenantID("acme")!, plugin: "reader")

  static func start(time: any TimeSource = SystemTime()) async throws -> HTTPExchanges {
    HTTPExchanges(try await LocalServer.start(), try #require(TransferThread.start(time: time)))
  }

  private init(_ server: LocalServer, _ thread: TransferThread) {
    self.server = server
    self.thread = thread
  }

  deinit { thread.close() }

  /// What was told of its use.
  var told: [ServiceUse] { uses.withLock { $0 } }

  func origin(_ host: String) -> HTTPOrigin { HTTPOrigin(scheme: "http", host: host, port: server.port) }

  /// A service that may reach `hosts` on the server's port; `privately` are those that may be of this machine.
  func service(
    _ hosts: [String] = ["127.0.0.1"], privately: [String] = ["127.0.0.1"],
    secrets: [String: String] = [:], for secretHosts: [String] = ["127.0.0.1"],
    rebinding: [String] = [], change: (inout HTTPGrant) -> Void = { _ in }
  ) -> HTTPService {
    var grant = HTTPGrant(
      allow: hosts.map {
        AllowedOrigin(origin($0), secrets: secretHosts.contains($0) ? Set(secrets.keys) : [])
      })
    change(&grant)
    return HTTPService(
      thread,
      HTTPClient(
        user, grant: grant, secrets: SecretValues(secrets.compactMapValues(secret)),
        privateOrigins: Set(privately.map(origin)),
        resolutions: rebinding.map { "\($0):\(server.port):127.0.0.1" },
        audit: { [weak self] use in self?.uses.withLock { $0.append(use) } }))
  }

  func ask(
    _ service: HTTPService, _ operation: Int, _ bytes: [UInt8], call: UInt64 = 1,
    effect: Effect = .nonIdempotent, changesNothing: Bool = false
  ) async -> ServiceAnswer {
    let info = CallInfo(
      tenant: user.tenant, call: CallID(run: RunID(milliseconds: 1, randomness: 1), step: 1), attempt: 1,
      effect: effect, changesNothing: changesNothing)
    let request = ServiceRequest(
      operation: UInt32(operation), call: CallHandle(rawValue: call), info: info, bytes: bytes,
      deadline: SystemTime().now().advanced(by: 20_000_000_000), cancellation: cancellation)
    return await withCheckedContinuation { continuation in
      service.answer(request) { continuation.resume(returning: $0) }
    }
  }

  func begin(
    _ service: HTTPService, url: String, more: String = "", body: String = "", call: UInt64 = 1,
    effect: Effect = .nonIdempotent, changesNothing: Bool = false
  ) async -> ServiceAnswer {
    let head = "{\"url\":\"\(url)\"\(more)}"
    return await ask(
      service, PLUGIN_HTTP_REQUEST,
      Array(number: UInt64(head.utf8.count)) + Array(head.utf8) + Array(body.utf8), call: call,
      effect: effect, changesNothing: changesNothing)
  }

  func begin(
    _ service: HTTPService, _ path: String, host: String = "127.0.0.1", more: String = "", body: String = "",
    effect: Effect = .nonIdempotent
  ) async -> ServiceAnswer {
    await begin(
      service, url: "http://\(host):\(server.port)\(path)", more: more, body: body, effect: effect)
  }

  func read(_ service: HTTPService, _ exchange: ServiceAnswer, _ capacity: UInt64 = 65_536) async
    -> ServiceAnswer
  { await ask(service, PLUGIN_HTTP_READ, exchange.bytes + Array(number: capacity)) }

  struct Fetched {
    /// That of the first step that fails.
    var status: CallStatus
    var head = ""
    var body = ""
  }

  func fetch(
    _ service: HTTPService, _ path: String, host: String = "127.0.0.1", more: String = "", body: String = "",
    effect: Effect = .nonIdempotent
  ) async -> Fetched {
    let begun = await begin(service, path, host: host, more: more, body: body, effect: effect)
    guard begun.status == .ok else { return Fetched(status: begun.status) }
    let head = await ask(service, PLUGIN_HTTP_RESPONSE, begun.bytes)
    guard head.status == .ok else { return Fetched(status: head.status) }
    var whole: [UInt8] = []
    while true {
      let piece = await read(service, begun)
      guard piece.status == .ok else {
        return Fetched(status: piece.status, body: String(decoding: whole, as: UTF8.self))
      }
      if piece.bytes.isEmpty { break }
      whole += piece.bytes
    }
    _ = await ask(service, PLUGIN_HTTP_CLOSE, begun.bytes)
    return Fetched(
      status: .ok, head: String(decoding: head.bytes, as: UTF8.self),
      body: String(decoding: whole, as: UTF8.self))
  }
}

func secret(_ text: String) -> Secret? {
  var text = text
  return text.withUTF8 { Secret(copying: UnsafeRawBufferPointer($0)) }
}
