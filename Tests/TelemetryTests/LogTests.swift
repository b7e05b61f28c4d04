import Glibc
import Locking
import Telemetry
import Testing

/// A pipe whose reading end the test holds.
private final class Pipe {
  private(set) var reader: Int32
  let writer: Int32

  init() {
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    (reader, writer) = (ends[0], ends[1])
  }
  deinit {
    if reader >= 0 { close(reader) }
    close(writer)
  }
  func closeReader() {
    close(reader)
    reader = -1
  }
  /// What has been written, and has not been read yet; "" where that is nothing.
  func read() -> String {
    #expect(fcntl(reader, F_SETFL, O_NONBLOCK) == 0)
    var bytes = [UInt8](repeating: 0, count: 1 << 17)
    let count = Glibc.read(reader, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }
}

private final class Collected: LogSink {
  let lines = Lock<[String]>([])
  func write(_ line: [UInt8]) -> Bool {
    lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
    return true
  }
  var only: String { lines.withLock { $0.count == 1 ? $0[0] : "\($0.count) lines" } }
}

private let noon2026: Int64 = 1_773_144_000_250_999_999  // 2026-03-10 12:00:00.250999999 UTC, by date(1)

struct LogTests {
  private let sink = Collected()
  private var log: Log { Log(to: sink, minimumLevel: .info, clock: { noon2026 }) }

  @Test func aLineIsOneJSONObjectInFixedOrder() {
    log.with(["tenant": "acme"]).warning("slow call", ["ms": 12, "late": true, "share": .double(0.5)])
    #expect(
      sink.only == """
        {"time":"2026-03-10T12:00:00.250Z","level":"warning","message":"slow call","tenant":"acme","ms":12,"late":true,\
        "share":0.5}

        """)
  }

  @Test func whatLiesBelowTheMinimumIsNotEvenFormatted() {
    func expensive() -> String {
      Issue.record("formatted")
      return ""
    }
    log.debug(expensive())
    #expect(sink.lines.withLock { $0.isEmpty })
  }

  @Test(arguments: [
    ("a\nb\tc", #"a\nb\tc"#), ("\u{1b}[31m", #"\u001b[31m"#), ("\u{9b}2J", #"\u009b2J"#),
    ("\u{7f}", #"\u007f"#),
    ("\u{202e}txt", #"\u202etxt"#), (#"say "hi" \"#, #"say \"hi\" \\"#), ("naïve 🙂", "naïve 🙂"),
  ])
  func nothingInALineCanMoveTheTerminalOrEndTheLine(text: String, written: String) {
    log.info(text)
    #expect(sink.only.contains("\"message\":\"\(written)\"}"))
  }

  @Test func anEndlessMessageIsCutBetweenCharacters() {
    log.info(String(repeating: "ü", count: 100_000))
    #expect(sink.only.utf8.count <= 4096)
    #expect(sink.only.hasSuffix("ü…\"}\n"))
  }

  @Test func fieldsWithoutRoomAreLeftOutAndTheLineSaysSo() {
    let long = String(repeating: "x", count: 1000)
    log.info("m", ["a": "\(long)", "b": "\(long)", "c": "\(long)", "d": "\(long)", "e": 1])
    #expect(sink.only.utf8.count <= 4096)
    #expect(!sink.only.contains("\"d\""))
    #expect(sink.only.hasSuffix(",\"e\":1,\"cut\":true}\n"))
  }

  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
    (4_107_542_399_999_999_999, "2100-02-28T23:59:59.999Z"),
    (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000Z"),
    (Int64.min, "1970-01-01T00:00:00.000Z"), (Int64.max, "2262-04-11T23:47:16.854Z"),
  ])
  func momentsAreWrittenAsTheCalendarHasThem(nanoseconds: Int64, written: String) {
    var bytes: [UInt8] = []
    appendTimestamp(nanoseconds, to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == written)
  }
}

struct DescriptorSinkTests {
  @Test func aPipeThatNobodyReadsDropsLinesAndTheNextOneThatFitsCountsThem() {
    let pipe = Pipe()
    let log = Log(to: DescriptorSink(pipe.writer), clock: { noon2026 })
    let filler = String(repeating: "f", count: 900)
    for _ in 0..<200 { log.info("\(filler)") }  // the pipe holds 64 KiB
    let kept = pipe.read().split(separator: "\n").count
    log.info("room again")
    #expect(kept > 0 && kept < 200)
    #expect(pipe.read().contains("\"message\":\"room again\",\"dropped\":\(200 - kept)}"))
  }

  @Test func theDescriptorItselfStaysBlockingForThoseWhoShareIt() {
    let pipe = Pipe()
    let log = Log(to: DescriptorSink(pipe.writer), clock: { noon2026 })
    log.info("line")
    #expect(fcntl(pipe.writer, F_GETFL) & O_NONBLOCK == 0)
  }

  @Test func aSocketThatNobodyReadsDropsLinesToo() {
    var ends: [Int32] = [-1, -1]
    #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    defer { for end in ends { close(end) } }
    let sink = DescriptorSink(ends[0])
    let line = [UInt8](repeating: UInt8(ascii: "x"), count: 4096)
    var written = 0
    while written < 10_000, sink.write(line) { written += 1 }
    #expect(written > 0 && written < 10_000)
  }

  @Test func aReaderThatIsGoneLosesLinesAndNothingElse() {
    signal(SIGPIPE, SIG_IGN)
    let pipe = Pipe()
    let sink = DescriptorSink(pipe.writer)
    pipe.closeReader()
    #expect(!sink.write(Array("line\n".utf8)))
  }
}
