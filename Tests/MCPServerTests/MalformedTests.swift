import Invocation
import JSONCodec
import MCPFixtures
import MCPServer
import TestSupport
import Testing
import ToolContracts

@Suite(.timeLimit(.minutes(1)), .leavesNothingBehind)
struct MalformedTests {
  /// Lines that are no message, and the code that each is answered with.
  private static let lines: [(String, Int64)] = [
    ("nonsense", -32700), ("{", -32700), (#"{"jsonrpc":"2.0","id":1,"method":"ping""#, -32700),
    ("[]", -32600),
    (#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, -32600),
    (#"{"jsonrpc":"2.0","id":1,"method":"ping"}{"jsonrpc":"2.0","id":2,"method":"ping"}"#, -32700),
    (#"{"id":1,"method":"ping"}"#, -32600), (#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, -32600),
    (#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#, -32600),
    (#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32600),
    (#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, -32600),
    (#"{"jsonrpc":"2.0","id":true,"method":"ping"}"#, -32600), (#"{"jsonrpc":"2.0","id":1}"#, -32600),
    (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{"a":NaN}}}"#, -32700),
    (#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"\ud800"}}"#, -32700),
    ("\u{FEFF}" + #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, -32700),
    (#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"ping"}"#, -32600),
  ]

  @Test(arguments: lines)
  func everyMalformedLineIsAnsweredAndTheNextRequestWorks(line: String, code: Int64) async throws {
    try await serving { wire in
      wire.send(line, #"{"jsonrpc":"2.0","id":"next","method":"ping"}"#)
      #expect(wire.receive().errorCode == code)
      #expect(wire.receive() == ["jsonrpc": "2.0", "id": "next", "result": [:]])
    }
  }

  @Test func bytesThatAreNoUTF8AreAnsweredUnderTheirID() async throws {
    try await serving { wire in
      wire.sendRaw(
        Array(#"{"jsonrpc":"2.0","id":5,"method":"ping","params":{"x":""#.utf8) + [0xFF]
          + Array("\"}}\n".utf8))
      let answer = wire.receive()
      #expect(answer.errorCode == -32700)
      #expect(answer["id"] == 5)
    }
  }

  @Test func aMessageAboveTheLimitIsAnsweredUnderItsIDAndTheConnectionLives() async throws {
    var limits = MCPServer.Limits()
    limits.maxFrameBytes = 100_000
    try await serving(FixtureHost([FixtureTools.all], limits: limits)) { wire in
      wire.initialize()
      let text = String(repeating: "x", count: 100_000)
      wire.call("1", "fixture.echo", #"{"text":"\#(text)"}"#)
      wire.request("2", "ping")
      let answer = wire.receive()
      #expect(answer["id"] == 1)
      #expect(answer.errorCode == -32600)
      #expect(wire.receive()["id"] == 2)
    }
  }

  @Test(arguments: [65_535, 65_536, 65_537, 1 << 20])
  func largeMessagesPassInBothDirections(size: Int) async throws {
    let host = FixtureHost([FixtureTools.all], defaults: LimitPolicy(maxResultBytes: 17 << 20))
    try await serving(host) { wire in
      wire.initialize()
      let text = String(repeating: "x", count: size - 11)  // with what is around it, `size`
      let sending = Task(executorPreference: host.lanes) {
        wire.call("1", "fixture.echo", #"{"text":"\#(text)"}"#)
      }
      let answer = wire.receive()
      await sending.value
      #expect(answer["result"]?["structuredContent"]?["text"]?.string?.utf8.count == size - 11)
    }
  }

  @Test func aRequestMayArriveByteByByte() async throws {
    try await serving { wire in
      for byte in "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\r\n".utf8 { wire.sendRaw([byte]) }
      #expect(wire.receive()["id"] == 1)
    }
  }

  @Test func anInputThatEndsAnywhereInAMessageGetsOneAnswerAndAnOrderlyEnd() async throws {
    let message = #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#
    for length in 0...message.utf8.count {
      let end = try await serving { wire in
        wire.sendRaw(Array(message.utf8.prefix(length)))
        wire.endInput()
        let frames = wire.receiveRest()
        #expect(frames.count == (length == 0 ? 0 : 1))
        if length == message.utf8.count { #expect(frames[0]["id"] == 1) }
        if length > 0, length < message.utf8.count { #expect(frames[0].errorCode == -32700) }
      }
      #expect(end == .endOfInput)
    }
  }

  @Test func whatAsksNothingIsNotAnswered() async throws {
    try await serving { wire in
      wire.send(
        #"{"jsonrpc":"2.0","method":"notifications/unheard-of","params":{}}"#,
        #"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#,
        #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":[1]}}"#,
        #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}"#,
        #"{"jsonrpc":"2.0","id":99,"result":{}}"#,
        #"{"jsonrpc":"2.0","id":"q","error":{"code":-1,"message":"m"}}"#, "",
        "   ", "\r", #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#)
      #expect(wire.receive()["id"] == 1)
      wire.endInput()
      #expect(wire.receiveRest().isEmpty)
    }
  }
}
