import CCurl
import Glibc
import HostServices
import ToolContracts

/// One request and its response, redirects included. Used by the transfer thread alone.
final class Transfer {
  typealias Reply = @Sendable (ServiceAnswer) -> Void

  private static let mostRedirects = 5

  let asked: ServiceRequest
  let client: HTTPClient
  /// What is undone once it is over: it is told of the call's end no more.
  var whenOver: (() -> Void)?
  /// Told when `goOnAfterPace` has something to do.
  var whenHeld: ((MonotonicTime) -> Void)?
  private(set) var easy: UnsafeMutableRawPointer?
  private(set) var request: OutgoingRequest
  private(set) var destination: Destination
  private var lists: [UnsafeMutablePointer<curl_slist>] = []

  private var redirects = 0
  private var head = ResponseHead()
  let body = ResponseBody()
  /// Of every secret that was sent, to whichever server.
  private var mask = SecretMask()
  private var received = 0
  /// There was no room.
  private var isPaused = false
  private var pace = StreamPace()
  /// What came waits until then.
  private var heldUntil: MonotonicTime?
  private var refusal: ServiceRefusal?
  private(set) var isOver = false
  private var responseWaiter: Reply?

  private let time: any TimeSource
  private let start: MonotonicTime
  private var lastProgress: MonotonicTime

  init(_ request: OutgoingRequest, for asked: ServiceRequest, of client: HTTPClient, time: any TimeSource)
    throws(ServiceRefusal)
  {
    self.request = request
    self.asked = asked
    self.client = client
    self.time = time
    start = time.now()
    lastProgress = start
    destination = try Destination(request.url, grant: client.grant)
    // Refused here rather than once it is under way.
    for header in request.headers { try header.check(for: destination.entry, client.secrets) }
  }

  deinit { discardHandle() }

  // MARK: What the plugin asks

  func response(_ reply: @escaping Reply) {
    // Before the refusal: what broke off later has an answer all the same, and reading its body tells the rest.
    if head.isWhole { return reply(ServiceAnswer(.ok, head.json(url: destination.text))) }
    if let refusal { return reply(refusal.answer) }
    guard responseWaiter == nil else { return reply(ServiceAnswer(.state)) }
    responseWaiter = reply
  }

  /// There is room again for what came.
  func goOn() {
    guard isPaused, !isOver else { return }
    isPaused = false
    lastProgress = time.now()
    jf_curl_easy_continue(easy)
  }

  /// What waited for its moment is handed on.
  func goOnAfterPace(at now: MonotonicTime) {
    guard let due = heldUntil, due <= now, !isOver else { return }
    heldUntil = nil
    jf_curl_easy_continue(easy)
  }

  /// Nobody reads any more, or it takes too long.
  func abandon(_ refusal: ServiceRefusal) {
    fail(refusal)
    end(forgets: true)
  }

  // MARK: What happens

  /// Makes the handle for where the request goes now. Nil where it cannot be made.
  func makeHandle() -> UnsafeMutableRawPointer? {
    discardHandle()
    head = ResponseHead()
    guard let made = jf_curl_easy_init() else { return nil }
    easy = made
    return configure(made) ? made : nil
  }

  /// - Returns: whether it goes on elsewhere.
  func finished(_ code: CURLcode) -> Bool {
    if refusal == nil, let location = head.redirect { return follow(location) }
    if refusal == nil, code != CURLE_OK || !head.isWhole {
      fail(ServiceRefusal(ended: code))
    }
    end()
    return false
  }

  func received(_ bytes: UnsafeRawBufferPointer) -> Int {
    // A redirect's own page is for nobody: the transfer ends here, and goes on where it leads.
    if head.redirect != nil { return 0 }
    // Said before, where libcurl could not end it at once.
    guard refusal == nil else { return 0 }
    guard received + bytes.count <= client.grant.maxResponseBytes else {
      fail(ServiceRefusal(.limit, "the response is longer than allowed"))
      return 0
    }
    lastProgress = time.now()
    if head.isEventStream, let due = pace.hold(at: lastProgress) {
      heldUntil = due
      whenHeld?(due)
      return jf_curl_pause()
    }
    guard body.append(bytes, covering: mask) else {
      isPaused = true
      return jf_curl_pause()
    }
    received += bytes.count
    return bytes.count
  }

  func receivedHeader(_ line: UnsafeRawBufferPointer) -> Int {
    lastProgress = time.now()
    switch take(line) {
    case .goesOn: break
    case .isWhole:
      let waiter = responseWaiter.take()
      waiter?(ServiceAnswer(.ok, head.json(url: destination.text)))
    case .isTooLong:
      fail(ServiceRefusal(.limit, "the response has too many headers"))
      return 0
    }
    return line.count
  }

  private func take(_ line: UnsafeRawBufferPointer) -> ResponseHead.Outcome {
    guard !mask.isEmpty else { return head.take(line) }
    return withUnsafeTemporaryAllocation(byteCount: line.count, alignment: 1) { covered in
      covered.copyMemory(from: line)
      _ = mask.cover(covered)
      return head.take(UnsafeRawBufferPointer(covered))
    }
  }

  /// - Returns: a socket; -1 for an address that this request must not reach.
  func openSocket(_ address: UnsafeMutablePointer<curl_sockaddr>) -> Int32 {
    let isPublic = withUnsafePointer(to: &address.pointee.addr) { PublicAddress.contains($0) }
    let isInternet = [AF_INET, AF_INET6].contains(address.pointee.family)
    guard isPublic || (isInternet && client.privateOrigins.contains(destination.origin)) else {
      fail(ServiceRefusal(.denied, "this server has an address that is not public"))
      return -1
    }
    return socket(
      address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue),
      address.pointee.protocol)
  }

  private func follow(_ location: String) -> Bool {
    do throws(ServiceRefusal) {
      redirects += 1
      guard redirects <= Self.mostRedirects else { throw ServiceRefusal(.limit, "too many redirects") }
      let next = try Destination(location, from: destination, grant: client.grant)
      request.redirect(status: head.status, toOtherOrigin: next.origin != destination.origin)
      destination = next
      return true
    } catch {
      fail(error)
      end()
      return false
    }
  }

  private func fail(_ refusal: ServiceRefusal) {
    if self.refusal == nil { self.refusal = refusal }
    let waiter = responseWaiter.take()
    waiter?(refusal.answer)
  }

  private func end(forgets: Bool = false) {
    if !isOver { client.audit(use) }
    isOver = true
    whenOver.take()?()
    body.end(refusal?.answer ?? ServiceAnswer(.ok), forgets: forgets)
  }

  // MARK: How long it may take

  /// The moment at which it has taken too long, if nothing happens until then.
  var expiry: MonotonicTime {
    guard !isOver else { return MonotonicTime(nanoseconds: .max) }
    var expiry = start.advanced(by: client.grant.timeoutNanoseconds ?? .max)
    if !head.isWhole, let limit = request.responseTimeout { expiry = min(expiry, start.advanced(by: limit)) }
    if head.isWhole, !isPaused, let limit = request.idleTimeout {
      expiry = min(expiry, lastProgress.advanced(by: limit))
    }
    return expiry
  }

  /// Not later than the next `expiry`, whatever happens until then.
  func nextLook(after now: MonotonicTime) -> MonotonicTime {
    let latest = min(expiry, now.advanced(by: isOver ? .max : request.idleTimeout ?? .max))
    return isOver ? latest : heldUntil.map { min($0, latest) } ?? latest
  }

  // MARK: The record

  /// Without path and query: they may hold what is nobody's business.
  private var use: ServiceUse {
    ServiceUse(
      info: asked.info, service: "jf.http/1", plugin: client.user.plugin, operation: request.method,
      status: refusal?.status ?? .ok,
      numbers: [
        ("http_status", Int64(head.status)), ("sent_bytes", Int64(request.body.count)),
        ("received_bytes", Int64(received)), ("redirects", Int64(redirects)),
        ("duration_us", start.nanoseconds(until: time.now()) / 1000),
      ] + (easy?.phases ?? []),
      reason: refusal?.reason,
      detail: destination.origin.description + (refusal.map { ": \($0.message)" } ?? ""))
  }

  // MARK: The handle

  /// - Returns: false where there is no memory for it.
  private func configure(_ easy: UnsafeMutableRawPointer) -> Bool {
    guard let headers = headerLines() else { return false }
    lists = [headers]
    jf_curl_set_pointer(easy, CURLOPT_HTTPHEADER, headers)
    if let resolutions = list(client.resolutions) {
      lists.append(resolutions)
      jf_curl_set_pointer(easy, CURLOPT_RESOLVE, resolutions)
    }
    jf_curl_set_pointer(easy, CURLOPT_CURLU, UnsafeMutableRawPointer(destination.handle))
    return easy.prepare(request) && easy.tell(self) && client.connections.serve(easy, asked.info.effect)
      && easy.trust(only: destination.entry.authorities, orAlso: client.authorities)
  }

  /// With its secrets. They were looked up before: what is refused now was granted a moment ago, and is not sent.
  private func headerLines() -> UnsafeMutablePointer<curl_slist>? {
    // Two that libcurl would say on its own account.
    let hasContentType = request.headers.contains(where: \.isContentType)
    var lines = list(hasContentType ? ["Expect:"] : ["Expect:", "Content-Type:"])
    for header in request.headers {
      guard let before = lines, (try? header.check(for: destination.entry, client.secrets)) != nil else {
        jf_curl_slist_free_all(lines)
        return nil
      }
      for name in header.secretNames { client.secrets[name].map { mask.add($0) } }
      lines = header.withLine(client.secrets) { jf_curl_slist_append(before, $0) }
      if lines == nil { jf_curl_slist_free_all(before) }
    }
    return lines
  }

  private func list(_ lines: [String]) -> UnsafeMutablePointer<curl_slist>? {
    var list: UnsafeMutablePointer<curl_slist>?
    for line in lines {
      guard let longer = jf_curl_slist_append(list, line) else {
        jf_curl_slist_free_all(list)
        return nil
      }
      list = longer
    }
    return list
  }

  func discardHandle() {
    if let easy { jf_curl_easy_cleanup(easy) }
    easy = nil
    for list in lists { jf_curl_slist_free_all(list) }
    lists = []
  }
}
