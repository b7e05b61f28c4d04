import CPluginServices
import HostServices
import OutgoingHTTP
import TestSupport
import Testing
import ToolContracts

/// `jf.http/1` through its port, against a server on this machine.
@Suite(.leavesNothingBehind) struct HTTPServiceTests {
  private let network: HTTPExchanges

  init() async throws { network = try await HTTPExchanges.start() }

  @Test func bringsBackWhatAListedServerAnswers() async {
    let answer = await network.fetch(
      network.service(), "/hello", more: #","method":"POST","headers":[["X-One","1"]]"#, body: "body")
    #expect(answer.status == .ok)
    #expect(answer.head.hasPrefix(#"{"status":200,"url":"http://127.0.0.1:\#(network.server.port)/hello""#))
    #expect(answer.body.hasPrefix("POST /hello\n") && answer.body.hasSuffix("\n\nbody"))
    #expect(answer.body.contains("X-One: 1\n"))
  }

  @Test(arguments: [
    ##"[["Host","evil"]]"##, ##"[["X","a\r\nY: b"]]"##, ##"[["X Y","a"]]"##, ##"[["Content-Length","1"]]"##,
    ##"[["Transfer-Encoding","chunked"]]"##, ##"[["Proxy-Authorization","a"]]"##, ##"[["X"]]"##,
    ##"[["Accept-Encoding","br"]]"##, ##"[["X","${secret:K"]]"##,
  ])
  func aHeaderThatFramesTheMessageIsRefused(headers: String) async {
    #expect(await network.begin(network.service(), "/", more: ",\"headers\":\(headers)").status == .argument)
  }

  @Test func moreThanAllowedIsNotRead() async {
    let small = network.service { $0.maxResponseBytes = 1000 }
    #expect(await network.fetch(small, "/long?1001").status == .limit)
    #expect(await network.fetch(small, "/endless").status == .limit)
    let large = network.service { $0.maxResponseBytes = 3_000_000 }
    let whole = await network.fetch(large, "/long?3000000")
    #expect(whole.status == .ok && whole.body.utf8.count == 3_000_000)
  }

  @Test func headersWithoutEndAreNotRead() async {
    #expect(await network.fetch(network.service(), "/headers?60").status == .ok)
    #expect(await network.fetch(network.service(), "/headers?90").status == .limit)
  }

  @Test func aBodyComesDecodedAndItsLimitHoldsForWhatItBecomes() async {
    let answer = await network.fetch(network.service(), "/gzip?hello")
    #expect(answer.body == "hello")
    #expect(answer.head.contains("x-kept") && !answer.head.contains("content-encoding"))
    #expect(!answer.head.contains("content-length"))
    let small = network.service { $0.maxResponseBytes = 1 << 20 }
    #expect(await network.fetch(small, "/bomb?\(64 << 20)").status == .limit)
  }

  @Test func aBodyThatBreaksOffIsNoWholeOne() async {
    let answer = await network.fetch(network.service(), "/cut")
    #expect(answer.status == .io && answer.body == "half")
  }

  @Test func whatBrokeOffHasItsHeadAllTheSame() async {
    let service = network.service()
    let begun = await network.begin(service, "/cut")
    while await network.read(service, begun).status == .ok {}
    #expect(await network.ask(service, PLUGIN_HTTP_RESPONSE, begun.bytes).status == .ok)
  }

  @Test func aPieceIsThereAsSoonAsTheServerHasSentIt() async {
    let service = network.service()
    let events = await network.begin(service, "/events?3")
    for number in 0..<3 {
      // The server sends no further event before it is asked to: one that was held back here would never come.
      let piece = await network.read(service, events)
      #expect(piece == ServiceAnswer(.ok, Array("data: \(number)\n\n".utf8)))
      #expect(await network.fetch(service, "/next").status == .ok)
    }
    #expect(await network.read(service, events) == ServiceAnswer(.ok))
  }

  @Test func aStreamThatIsFasterThanItIsHandedOnComesWhole() async {
    let service = network.service { $0.timeoutNanoseconds = 60_000_000_000 }
    let answer = await network.fetch(service, "/fast_events?40000")
    #expect(answer.status == .ok)
    #expect(answer.body == (0..<40_000).map { "data: \($0)\n\n" }.joined())
  }

  @Test func aServerIsHeldUpByAPluginThatDoesNotRead() async {
    let service = network.service()
    let endless = await network.begin(service, "/endless")
    #expect(await network.ask(service, PLUGIN_HTTP_RESPONSE, endless.bytes).status == .ok)
    // Another exchange goes through many turns of the thread meanwhile: what is not held up would have arrived.
    #expect(await network.fetch(service, "/long?10000000").body.utf8.count == 10_000_000)
    var buffered = 0
    let closed = await network.ask(service, PLUGIN_HTTP_CLOSE, endless.bytes)
    #expect(closed.status == .ok)
    buffered = network.told.first { $0.status == .cancelled }.map { Int($0.numbers[2].value) } ?? .max
    #expect(buffered < 512 << 10)
  }

  @Test func aServerThatKeepsSilentIsGivenUp() async {
    let impatient = network.service { $0.timeoutNanoseconds = 50_000_000 }
    #expect(await network.fetch(impatient, "/silence").status == .io)
    #expect(await network.fetch(impatient, "/stall").status == .io)
    let service = network.service()
    #expect(await network.fetch(service, "/silence", more: #","response_timeout_ms":50"#).status == .io)
    #expect(await network.fetch(service, "/stall", more: #","idle_timeout_ms":50"#).status == .io)
    #expect(await network.fetch(service, "/long?500000", more: #","idle_timeout_ms":5000"#).status == .ok)
    #expect(await network.begin(service, "/", more: #","idle_timeout_ms":0"#).status == .argument)
  }

  @Test func theEndOfACallEndsWhatItWaitsFor() async {
    let service = network.service()
    let begun = await network.begin(service, "/stall")
    #expect(await network.ask(service, PLUGIN_HTTP_RESPONSE, begun.bytes).status == .ok)
    async let piece = network.read(service, begun)
    network.cancellation.cancel()
    let status = await piece.status
    #expect(status == .cancelled || status == .notFound)
  }

  @Test func anExchangeBelongsToItsCallAlone() async {
    let service = network.service()
    let begun = await network.begin(service, "/stall")
    for operation in [PLUGIN_HTTP_RESPONSE, PLUGIN_HTTP_READ, PLUGIN_HTTP_CLOSE] {
      let bytes = begun.bytes + Array(number: 10)
      #expect(await network.ask(service, operation, bytes, call: 2).status == .notFound)
    }
    #expect(await network.ask(service, PLUGIN_HTTP_CLOSE, begun.bytes).status == .ok)
    #expect(await network.ask(service, PLUGIN_HTTP_RESPONSE, begun.bytes).status == .notFound)
  }

  @Test func noMoreRunAtOnceThanAllowed() async {
    let service = network.service { $0.maxConcurrent = 2 }
    var begun: [ServiceAnswer] = []
    for _ in 0..<2 { begun.append(await network.begin(service, "/stall")) }
    #expect(await network.begin(service, "/").status == .busy)
    _ = await network.ask(service, PLUGIN_HTTP_CLOSE, begun[0].bytes)
    #expect(await network.begin(service, "/").status == .ok)
  }

  @Test func whoOnlyAsksWhatWouldBeDoneSendsNothingThatDoes() async {
    let url = "http://127.0.0.1:\(network.server.port)/"
    let service = network.service()
    #expect(await network.begin(service, url: url, changesNothing: true).status == .ok)
    let post = #","method":"POST""#
    #expect(await network.begin(service, url: url, more: post, changesNothing: true).status == .denied)
  }

  @Test func everyExchangeIsTold() async throws {
    let service = network.service()
    _ = await network.fetch(
      service, "/redirect?/secret/path%3Fquery", more: #","method":"POST""#, body: "four")
    _ = await network.begin(service, url: "https://elsewhere.example/")
    let (made, refused) = (try #require(network.told.first), try #require(network.told.last))
    #expect(made.status == .ok && made.operation == "GET" && made.detail == "\(network.origin("127.0.0.1"))")
    #expect(made.numbers.prefix(2).map(\.value) == [200, 0] && made.numbers[3].value == 1)
    // Of the last request: without TLS there is no handshake.
    let phases = made.numbers.dropFirst(5)
    #expect(phases.map(\.name) == ["name_us", "connect_us", "first_byte_us"])
    #expect(
      phases.allSatisfy { $0.value >= 0 } && phases.reduce(0) { $0 + $1.value } <= made.numbers[4].value)
    #expect(refused.status == .denied && network.told.count == 2)
    #expect(!network.told.contains { $0.detail.contains("secret") })
  }
}
