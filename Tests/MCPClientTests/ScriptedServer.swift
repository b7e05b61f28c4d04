import Glibc
import JSONCodec
import Locking
import TestSupport
import Telemetry
import ToolContracts

@testable import MCPClient

/// A session whose server is the test itself, over two pipes.
final class ScriptedServer {
  let session: ServerSession
  let counts: ClientCounts
  let calls: RecordedCalls
  let listChanges = Condition(0)
  private let isLost = Condition(false)
  private let theirInput: Int32
  private var theirOutput: Int32
  private let ourInput: Int32
  private var unread: [UInt8] = []

  init(maxBytes: Int = 1 << 20, canAsk: Bool = false) {
    calls = RecordedCalls(canAsk: canAsk)
    signal(SIGPIPE, SIG_IGN)
    let toServer = Self.pipe()
    let fromServer = Self.pipe()
    (theirInput, ourInput) = (toServer.read, toServer.write)
    theirOutput = fromServer.write
    counts = ClientCounts(Metrics(), server: "scripted")
    let changes = listChanges
    let lost = isLost
    session = ServerSession(
      writingTo: ourInput, as: ClientIdentity(version: "1"), counts: counts,
      listChanged: {
        changes.withLock { $0 += 1 }
        changes.broadcast()
      },
      lost: {
        lost.withLock { $0 = true }
        lost.broadcast()
      })
    let session = session
    let output = fromServer.read
    onNewThread {
      session.read(from: output, maxBytes: maxBytes)
      close(output)
    }
  }

  deinit {
    hangUp()
    waitForLoss()
    close(ourInput)
    close(theirInput)
  }

  private static func pipe() -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    precondition(Glibc.pipe(&ends) == 0)
    return (ends[0], ends[1])
  }

  func waitForLoss() { isLost.wait { $0 ? () : nil } }

  func hangUp() {
    if theirOutput >= 0 { close(theirOutput) }
    theirOutput = -1
  }

  func write(_ text: String) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(theirOutput, $0.baseAddress, $0.count) }
      precondition(count > 0)
      rest = rest.dropFirst(count)
    }
  }

  /// Waits until the session has written a line; null where it does not for ten seconds.
  func readLine() -> JSONValue {
    while true {
      if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
        let line = Array(unread[..<end])
        unread.removeFirst(end + 1)
        guard let value = try? JSONValue(parsing: line) else { preconditionFailure("a line that is no JSON") }
        return value
      }
      var request = pollfd(fd: theirInput, events: Int16(POLLIN), revents: 0)
      guard poll(&request, 1, 10_000) == 1 else { return .null }
      var chunk = [UInt8](repeating: 0, count: 4096)
      let count = read(theirInput, &chunk, chunk.count)
      precondition(count > 0, "the session has hung up")
      unread += chunk[..<count]
    }
  }

  /// Begins a call and reads what it sends.
  func begin(_ number: UInt64, _ tool: String = "echo", _ arguments: String = "{}") -> (CallHandle, JSONValue)
  {
    let call = calls.begin(number)
    precondition(send(call, tool, arguments) == .pending)
    return (call, readLine())
  }

  func send(_ call: CallHandle, _ tool: String = "echo", _ arguments: String = "{}") -> CallStatus {
    var arguments = arguments
    return arguments.withUTF8 {
      session.call(call, tool: tool, arguments: UnsafeRawBufferPointer($0), receiver: calls)
    }
  }
}
