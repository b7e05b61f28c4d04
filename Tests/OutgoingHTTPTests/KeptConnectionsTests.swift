import TestSupport
import Testing
import ToolContracts

/// Which requests go over a connection that was left open.
@Suite(.leavesNothingBehind) struct KeptConnectionsTests {
  private let time = ManualTime()
  private let network: HTTPExchanges

  init() async throws { network = try await HTTPExchanges.start(time: time) }

  @Test func requestsThatMayBeMadeTwiceShareOne() async {
    let service = network.service()
    let first = await network.fetch(service, "/connection", effect: .none)
    #expect(first.status == .ok && !first.body.isEmpty)
    #expect(await network.fetch(service, "/connection", effect: .none).body == first.body)
    let idempotent = await network.fetch(
      service, "/connection", more: #","method":"POST""#, effect: .idempotent)
    #expect(idempotent.body == first.body)
  }

  @Test func aCallThatMustNotHaveItsEffectTwiceGetsOneOfItsOwn() async {
    let service = network.service()
    let first = await network.fetch(service, "/connection", effect: .none)
    #expect(await network.fetch(service, "/connection").body != first.body)
  }

  @Test func whatASilentServerMayHaveReadIsNotSentToItAgain() async {
    let service = network.service()
    #expect(await network.fetch(service, "/connection", effect: .none).status == .ok)
    #expect(await network.fetch(service, "/drop?once", more: #","method":"POST""#, body: "{}").status == .io)
    #expect(await network.fetch(service, "/drops?once", effect: .none).body == "1")
  }

  @Test func nobodyGetsThatOfAnother() async {
    let first = await network.fetch(network.service(), "/connection", effect: .none)
    #expect(await network.fetch(network.service(), "/connection", effect: .none).body != first.body)
  }

  @Test func oneThatTheServerHasClosedIsReplaced() async {
    let service = network.service()
    for _ in 0..<3 {
      #expect(await network.fetch(service, "/connection?last", effect: .none).status == .ok)
    }
  }

  @Test func whereNobodyUsesThemForAMinuteTheyAreClosed() async {
    let (service, other) = (network.service(), network.service())
    #expect(await network.fetch(service, "/connection", effect: .none).status == .ok)
    time.advance(milliseconds: 59_000)
    #expect(await network.fetch(other, "/connections", effect: .none).body == "2")
    time.advance(milliseconds: 1000)
    // The server hears of the end at some time after.
    var open = ""
    for _ in 0..<500 where open != "1" {
      open = await network.fetch(other, "/connections", effect: .none).body
    }
    #expect(open == "1")
  }
}
