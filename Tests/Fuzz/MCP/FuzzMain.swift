import Glibc
import JSONCodec
import JSONRPC
import MCPFixtures
import MCPServer
import ToolContracts

/// Throws mutated lines at the frame reader and at a whole server. The same seed throws the same lines.
///
///     fuzz-mcp [COUNT [SEED]]
@main
enum FuzzMain {
  static func main() async {
    let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
    let count = arguments.first ?? 100_000
    var mutator = Mutator(seed: arguments.dropFirst().first ?? 1)
    frameReader(count, &mutator)
    await server(count, &mutator)
  }

  /// However a stream is cut into pieces, the frames are the same, and each is a message or is refused with a reason.
  private static func frameReader(_ count: UInt64, _ mutator: inout Mutator) {
    var messages = 0
    var refused = 0
    for number in 0..<count {
      let stream = mutator.stream()
      let whole = frames(stream, cutEvery: stream.count + 1)
      precondition(
        whole == frames(stream, cutEvery: 1 + Int(number % 17)), "frames depend on how they arrive")
      for case .line(let line) in whole {
        do {
          _ = try Message(parsing: line)
          messages += 1
        } catch {
          refused += 1
          precondition(!error.message.isEmpty && error.code.rawValue < 0)
        }
      }
    }
    print(#"{"what":"fuzz_frames","n":\#(count),"messages":\#(messages),"refused":\#(refused)}"#)
  }

  private static func frames(_ stream: [UInt8], cutEvery length: Int) -> [LineFramer.Frame] {
    var framer = LineFramer(maxBytes: 200)
    var frames: [LineFramer.Frame] = []
    for start in stride(from: 0, to: stream.count, by: length) {
      framer.append(Array(stream[start..<min(start + length, stream.count)]))
      while let frame = framer.next() { frames.append(frame) }
    }
    while let frame = framer.finish() { frames.append(frame) }
    return frames
  }

  /// After each batch of lines a ping under a fresh id is answered, and no line got more than one answer.
  private static func server(_ count: UInt64, _ mutator: inout Mutator) async {
    var input: [Int32] = [-1, -1]
    var output: [Int32] = [-1, -1]
    precondition(pipe(&input) == 0 && pipe(&output) == 0)
    signal(SIGPIPE, SIG_IGN)
    let changes = ChangeAnnouncer()
    let host = FixtureHost(
      [FixtureTools.harmless, ConformanceTools.plugin(changes)], resources: FixtureResources(),
      prompts: FixturePrompts.all, changes: changes)
    let (serverInput, serverOutput) = (input[0], output[1])
    let served = Task(executorPreference: host.lanes) {
      await host.server.serve(input: serverInput, output: serverOutput)
    }
    let reader = FrameReader(output[0])
    var answers = 0
    var sent: UInt64 = 0
    var lines = 0
    while sent < count {
      var batch: [UInt8] = []
      for _ in 0..<200 {
        let line = mutator.stream() + [0x0A]
        lines += line.count { $0 == 0x0A }
        batch += line
      }
      sent += 200
      batch += Array("{\"jsonrpc\":\"2.0\",\"id\":\"sentinel-\(sent)\",\"method\":\"ping\"}\n".utf8)
      write(batch, to: input[1])
      lines += 1
      answers += answersUntil("sentinel-\(sent)", reader)
      precondition(answers <= lines, "\(answers) answers to \(lines) lines")
    }
    close(input[1])
    let end = await served.value
    precondition(end == .endOfInput)
    print(#"{"what":"fuzz_server","n":\#(sent),"answers":\#(answers)}"#)
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      precondition(count > 0, "the server is gone")
      rest = rest.dropFirst(count)
    }
  }

  private static func answersUntil(_ sentinel: String, _ reader: FrameReader) -> Int {
    var count = 0
    while true {
      guard case .frames(let frames, ended: false) = reader.read() else {
        preconditionFailure("the output ended")
      }
      for frame in frames {
        guard case .line(let line) = frame, let document = try? JSONDocument(parsing: line) else {
          preconditionFailure("a frame that is no JSON")
        }
        guard let id = document.root["id"] else { continue }
        count += 1
        if id.string == sentinel { return count }
      }
    }
  }
}
