import Glibc
import JSONRPC
import Locking
import TestSupport
import Testing

@Suite(.leavesNothingBehind)
struct FrameWriterTests {
  @Test func framesAreWrittenWholeAndInOrder() {
    let pipe = Pipe()
    let writer = FrameWriter(pipe.write)
    writer.enqueue(Array("1".utf8))
    writer.enqueue(Array("2".utf8))
    writer.send(Array("3".utf8))
    #expect(pipe.take(6) == Array("1\n2\n3\n".utf8))
    #expect(writer.close(withinNanoseconds: 1_000_000_000))
  }

  @Test func aTextOverSeveralLinesBecomesOneLineOfTheSameValue() {
    let pipe = Pipe()
    let writer = FrameWriter(pipe.write)
    writer.send(Array("{\r\n \"a\": \"\u{2028}é\u{2029}€\"\n}".utf8))
    let expected = #"{   "a": "\u2028é\u2029€" }"# + "\n"
    #expect(String(decoding: pipe.take(expected.utf8.count), as: UTF8.self) == expected)
    #expect(writer.close(withinNanoseconds: 1_000_000_000))
  }

  @Test func aStalledReaderDelaysNobodyAndLosesNothing() {
    let pipe = Pipe()
    let writer = FrameWriter(pipe.write)
    let frame = [UInt8](repeating: UInt8(ascii: "x"), count: 300_000)
    for index in 0..<16 { writer.send(frame + Array("\(index)".utf8)) }  // a pipe takes 64 KiB
    let lines = pipe.take(16 * 300_001 + 16 + 6).split(separator: UInt8(ascii: "\n"))
    #expect(
      lines.map { String(decoding: $0.drop { $0 == UInt8(ascii: "x") }, as: UTF8.self) }
        == (0..<16).map(String.init))
    #expect(lines.allSatisfy { $0.count > 300_000 })
    #expect(writer.close(withinNanoseconds: 1_000_000_000))
  }

  @Test func whatNobodyMissesIsLeftOutWhileTheReaderIsFarBehind() {
    let pipe = Pipe()
    let hasRoom = Lock(0)
    let writer = FrameWriter(pipe.write, highWater: 200_000) { hasRoom.withLock { $0 += 1 } }
    writer.send([UInt8](repeating: UInt8(ascii: "x"), count: 2_000_000))
    #expect(writer.isCongested)
    writer.send(Array("dropped".utf8), isDroppable: true)
    writer.send(Array("kept".utf8))
    #expect(pipe.take(2_000_006).suffix(6) == Array("\nkept\n".utf8))
    #expect(writer.close(withinNanoseconds: 1_000_000_000))
    #expect(!writer.isCongested)
    #expect(hasRoom.withLock { $0 } == 1)
  }

  @Test func waitingForRoomEndsWhenTheReaderCatchesUpOrIsGone() async {
    for isGone in [false, true] {
      let pipe = Pipe()
      let closing = isGone ? dup(pipe.read) : -1
      let writer = FrameWriter(pipe.write, highWater: 100_000)
      writer.send([UInt8](repeating: UInt8(ascii: "x"), count: 2_000_000))
      async let waited: Void = writer.waitForRoom()
      if isGone {
        close(closing)
        _ = writer.close(withinNanoseconds: 0)
      } else {
        _ = pipe.take(2_000_001)
      }
      await waited
      #expect((writer.failure != nil) == isGone)
      _ = writer.close(withinNanoseconds: 1_000_000_000)
    }
  }

  @Test func closingGivesUpOnAReaderThatDoesNotRead() {
    let pipe = Pipe()
    let writer = FrameWriter(pipe.write)
    writer.send([UInt8](repeating: UInt8(ascii: "x"), count: 2_000_000))
    #expect(!writer.close(withinNanoseconds: 1_000_000))
    #expect(writer.failure == ETIMEDOUT)
  }

  @Test func aReaderThatIsGoneIsNoticed() {
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    signal(SIGPIPE, SIG_IGN)
    let writer = FrameWriter(ends[1])
    close(ends[0])
    writer.send(Array("x".utf8))
    #expect(writer.failure == EPIPE)
    #expect(!writer.close(withinNanoseconds: 1_000_000_000))
    close(ends[1])
  }

  @Test func manyWritersNeverMixTheirFrames() async {
    let pipe = Pipe()
    let writer = FrameWriter(pipe.write)
    let total = await withTaskGroup(of: Int.self) { group in
      for name in 0..<8 {
        group.addTask {
          let frame = [UInt8](repeating: UInt8(ascii: "a") + UInt8(name), count: 20_000)
          for _ in 0..<20 { writer.send(frame) }
          return 20 * 20_001
        }
      }
      let reading = Task.detached { pipe.take(8 * 20 * 20_001) }
      _ = await group.reduce(0, +)
      return await reading.value
    }
    let lines = total.split(separator: UInt8(ascii: "\n"))
    #expect(lines.count == 160)
    #expect(lines.allSatisfy { Set($0).count == 1 && $0.count == 20_000 })
    #expect(writer.close(withinNanoseconds: 1_000_000_000))
  }
}

extension Pipe: @unchecked Sendable {}  // its descriptors are read from anywhere; only one thread closes
