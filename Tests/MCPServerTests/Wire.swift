import Glibc
import Invocation
import JSONCodec
import Locking
import MCPFixtures
import MCPServer
import Testing
import ToolContracts

/// A client of a server in this process: two pipes and the texts that go through them. It waits on the server's own lanes,
/// since the threads that tests run on must not be kept.
final class Wire: Sendable {
  private let toServer: Int32
  private let fromServer: Int32

  private let lanes: LanePool

  fileprivate init(toServer: Int32, fromServer: Int32, lanes: LanePool) {
    self.lanes = lanes
    self.toServer = toServer
    self.fromServer = fromServer
  }

  func send(_ lines: String...) { sendRaw(lines.map { $0 + "\n" }.joined()) }

  func sendRaw(_ text: String) { sendRaw(Array(text.utf8)) }

  func sendRaw(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = lanes.blocking { rest.withUnsafeBytes { write(toServer, $0.baseAddress, $0.count) } }
      if count <= 0 { return }
      rest = rest.dropFirst(count)
    }
  }

  func request(_ id: String, _ method: String, _ params: String? = nil) {
    let params = params.map { #","params":\#($0)"# } ?? ""
    send(#"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)"\#(params)}"#)
  }

  func call(_ id: String, _ tool: String, _ arguments: String = "{}", meta: String? = nil) {
    let meta = meta.map { #","_meta":\#($0)"# } ?? ""
    request(id, "tools/call", #"{"name":"\#(tool)","arguments":\#(arguments)\#(meta)}"#)
  }

  func cancel(_ id: String) {
    send(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":\#(id)}}"#)
  }

  func initialize(_ revision: String = "2025-11-25") {
    request(
      "\"init\"", "initialize",
      #"{"protocolVersion":"\#(revision)","capabilities":{},"clientInfo":{"name":"test","version":"1"}}"#)
    #expect(receive()["id"]?.string == "init")
    send(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
  }

  /// Asks without reading an answer, until the server takes no more for a while.
  ///
  /// - Returns: how many pings it was sent.
  func pingUntilNothingIsTaken(atMost limit: Int) -> Int {
    let ping = Array("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"ping\"}\n".utf8)
    // Less than what a writable pipe takes for certain.
    let pings = [UInt8](repeatElement(ping, count: 90).joined())
    var count = 0
    var writable = pollfd(fd: toServer, events: Int16(POLLOUT), revents: 0)
    while count < limit, lanes.blocking({ poll(&writable, 1, 300) }) == 1 {
      sendRaw(pings)
      count += 90
    }
    return count
  }

  func endInput() {
    let isFirst = hasEnded.withLock { hasEnded in
      defer { hasEnded = true }
      return !hasEnded
    }
    if isFirst { close(toServer) }
  }

  /// The next frame; blocks until it is there. An empty object at the end.
  func receive() -> JSONValue {
    guard let line = receiveLine() else { return [:] }
    guard let value = try? JSONValue(parsing: line) else {
      Issue.record("no JSON: \(String(decoding: line.prefix(200), as: UTF8.self))")
      return [:]
    }
    return value
  }

  /// The frames from here to the end of the output.
  func receiveRest() -> [JSONValue] {
    var frames: [JSONValue] = []
    while let line = receiveLine() { frames.append((try? JSONValue(parsing: line)) ?? ["unparsable": true]) }
    return frames
  }

  func receiveLine() -> [UInt8]? {
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let line: [UInt8]? = received.withLock { received in
        guard let end = received.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { received.removeSubrange(...end) }
        return Array(received[..<end])
      }
      if let line { return line }
      let count = lanes.blocking { read(fromServer, &chunk, chunk.count) }
      guard count > 0 else { return nil }
      received.withLock { $0 += chunk[..<count] }
    }
  }

  private let hasEnded = Lock(false)
  // One test at a time reads; the lock is for the compiler.
  private let received = Lock<[UInt8]>([])
}

extension JSONValue {
  /// The text of the first content block.
  var contentText: String? { self["result"]?["content"]?[0]?["text"]?.string }
  /// What a tool's failure tells a model.
  var failure: JSONValue? { contentText.flatMap { try? JSONValue(parsing: $0) }?["error"] }
  var errorCode: Int64? { self["error"]?["code"]?.int }
}

let modernMeta =
  #"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#

/// Runs `body` with a client of `host`'s server, then ends the input and waits for the server to leave.
@discardableResult
func serving(
  _ host: FixtureHost = FixtureHost([FixtureTools.all]), stop: Cancellation = Cancellation(),
  _ body: @escaping @Sendable (Wire) async throws -> Void
) async throws -> MCPServer.End {
  var input: [Int32] = [-1, -1]
  var output: [Int32] = [-1, -1]
  precondition(pipe(&input) == 0 && pipe(&output) == 0)
  signal(SIGPIPE, SIG_IGN)
  let (serverInput, serverOutput) = (input[0], output[1])
  let served = Task(executorPreference: host.lanes) {
    let end = await host.server.serve(input: serverInput, output: serverOutput, stop: stop)
    close(serverInput)
    close(serverOutput)
    return end
  }
  let wire = Wire(toServer: input[1], fromServer: output[0], lanes: host.lanes)
  try await Task(executorPreference: host.lanes) { try await body(wire) }.value
  wire.endInput()
  let end = await served.value
  close(output[0])
  host.lanes.shutDown()
  return end
}
