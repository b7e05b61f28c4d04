import HostServices
import OutgoingHTTP
import TestSupport
import Testing
import ToolContracts

/// Where requests may go, and what of them goes there.
@Suite(.leavesNothingBehind) struct ReachTests {
  private let network: HTTPExchanges
  private var port: Int { network.server.port }

  init() async throws { network = try await HTTPExchanges.start() }

  @Test func aServerThatIsNotListedIsNotAsked() async {
    let service = network.service()
    for url in [
      "http://localhost:\(port)/", "http://user@127.0.0.1:\(port)/", "http://127.0.0.1:1/",
      "https://127.0.0.1:\(port)/", "https://example.com/",
    ] { #expect(await network.begin(service, url: url).status == .denied, "\(url)") }
    for url in ["file:///etc/hosts", "gopher://127.0.0.1/", "/relative", ""] {
      let status = await network.begin(service, url: url).status
      #expect(status == .denied || status == .argument, "\(url)")
    }
  }

  @Test(arguments: ["2130706433", "0x7f.1", "127.1", "017700000001", "%31%32%37.0.0.1", "127.0.0.1."])
  func anAddressIsTheSameHoweverItIsWritten(host: String) async {
    // Not public, and not named by the host's operator.
    let status = await network.fetch(network.service(privately: []), "/", host: host).status
    #expect(status == .denied)
  }

  @Test(arguments: [
    "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "169.254.169.254",
  ])
  func anAddressOfThisMachineIsReachedOnlyWhereTheHostsOperatorSaysSo(host: String) async {
    let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    let service = network.service([bare], privately: [])
    #expect(await network.fetch(service, "/", host: host).status == .denied)
  }

  @Test func whatTheHostsOperatorNamesIsStillTheTenantsToAllow() async {
    #expect(await network.fetch(network.service([], privately: ["127.0.0.1"]), "/").status == .denied)
    #expect(await network.fetch(network.service(), "/").status == .ok)
  }

  @Test func aNameThatTurnsIntoAPrivateAddressIsRefused() async {
    let listed = network.service(["public.example"], privately: [], rebinding: ["public.example"])
    #expect(await network.fetch(listed, "/", host: "public.example").status == .denied)
    let suffix = network.service(["*.example"], privately: [], rebinding: ["public.example"])
    #expect(await network.fetch(suffix, "/", host: "public.example").status == .denied)
    let named = network.service(
      ["public.example"], privately: ["public.example"], rebinding: ["public.example"])
    #expect(await network.fetch(named, "/", host: "public.example").status == .ok)
  }

  @Test func aRedirectIsHeldAgainstTheListLikeARequest() async {
    let service = network.service()
    #expect(await network.fetch(service, "/redirect?http://localhost:\(port)/").status == .denied)
    #expect(await network.fetch(service, "/redirect?file:///etc/hosts").status != .ok)
    let listed = network.service(["127.0.0.1", "other.example"], rebinding: ["other.example"])
    #expect(await network.fetch(listed, "/redirect?http://other.example:\(port)/").status == .denied)
    #expect(await network.fetch(service, "/redirect?/there").body.hasPrefix("GET /there\n"))
    let six = String(repeating: "/redirect?", count: 6)
    #expect(await network.fetch(service, six + "/x").status == .limit)
  }

  @Test func thePageOfARedirectIsNotReadToItsEnd() async {
    let answer = await network.fetch(network.service(), "/redirect_with_endless_page?/there")
    #expect(answer.body.hasPrefix("GET /there\n"))
  }

  @Test func aRequestGoesOnAsItsRedirectSays() async {
    let post = #","method":"POST","headers":[["Content-Type","text/plain"]]"#
    let found = await network.fetch(network.service(), "/redirect?/there", more: post, body: "body").body
    #expect(found.hasPrefix("GET /there\n") && !found.contains("Content-Type") && !found.contains("body"))
    let kept = await network.fetch(
      network.service(), "/redirect_temporarily?/there", more: post, body: "body"
    ).body
    #expect(kept.hasPrefix("POST /there\n") && kept.contains("Content-Type") && kept.hasSuffix("body"))
  }

  // MARK: Secrets

  private let withSecret = #","headers":[["Authorization","Bearer ${secret:KEY}"],["X-Own","mine"]]"#

  @Test func aSecretIsSentToItsServerAndToNoOther() async {
    let secrets = ["KEY": "s3cret"]
    let service = network.service(secrets: secrets)
    #expect(
      await network.fetch(service, "/", more: withSecret).body.contains("Authorization: Bearer s3cret\n"))
    #expect(await network.fetch(service, "/redirect?/x", more: withSecret).body.contains("s3cret"))
    // Listed, and its address granted, but not for this secret.
    let both = network.service(
      ["127.0.0.1", "localhost"], privately: ["127.0.0.1", "localhost"], secrets: secrets)
    #expect(await network.fetch(both, "/", host: "localhost", more: withSecret).status == .denied)
    #expect(await network.fetch(both, "/", host: "localhost").status == .ok)
  }

  @Test func aRedirectToAnotherServerTakesNothingPersonalAlong() async {
    let everywhere = network.service(
      ["127.0.0.1", "localhost"], privately: ["127.0.0.1", "localhost"], secrets: ["KEY": "s3cret"],
      for: ["127.0.0.1", "localhost"])
    let path = "/redirect?http://localhost:\(port)/x"
    let elsewhere = await network.fetch(everywhere, path, more: withSecret)
    #expect(elsewhere.status == .ok && elsewhere.body.hasPrefix("GET /x\n"))
    #expect(!elsewhere.body.contains("s3cret") && !elsewhere.body.contains("mine"))
  }

  @Test func aSecretThatIsNotGrantedOrBreaksAHeaderIsNotSent() async {
    #expect(await network.begin(network.service(), "/", more: withSecret).status == .denied)
    let broken = network.service(secrets: ["KEY": "a\r\nX-Smuggled: 1"])
    #expect(await network.begin(broken, "/", more: withSecret).status == .denied)
    #expect(network.told.allSatisfy { !$0.detail.contains("Smuggled") })
  }

  @Test func aSecretIsPutNowhereButIntoHeaders() async {
    let service = network.service(secrets: ["KEY": "s3cret"])
    let answer = await network.fetch(
      service, "/?${secret:KEY}".replacing("{", with: "%7B").replacing("}", with: "%7D"),
      more: #","method":"POST""#, body: "${secret:KEY}")
    #expect(answer.status == .ok && !answer.body.contains("s3cret"))
  }

  @Test func noSecretIsPrinted() throws {
    let secrets = SecretValues(["KEY": try #require(secret("s3cret"))])
    let service = network.service(secrets: ["KEY": "s3cret"])
    var dumped = ""
    dump(secrets, to: &dumped)
    dump(service, to: &dumped)
    #expect(!"\(secrets) \(String(reflecting: secrets)) \(service) \(dumped)".contains("s3cret"))
  }
}
