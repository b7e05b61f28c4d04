import Glibc
import JSONRPC
import TestSupport
import Testing

@Suite(.leavesNothingBehind)
struct FrameReaderTests {
  @Test func linesAndTheEndAreRead() {
    let pipe = Pipe()
    let reader = FrameReader(pipe.read)
    pipe.put("{\"a\":1}\n{\"b\"")
    #expect(lines(reader.read()) == ["{\"a\":1}"])
    pipe.put(":2}")
    pipe.closeWrite()
    let last = reader.read()
    #expect(lines(last) == ["{\"b\":2}"])
    guard case .frames(_, ended: true) = last else { return #expect(Bool(false), "not ended") }
  }

  @Test func whoWaitsCanBeInterrupted() {
    let pipe = Pipe()
    let reader = FrameReader(pipe.read)
    reader.interrupt()
    guard case .interrupted = reader.read() else { return #expect(Bool(false), "not interrupted") }
    reader.interrupt()
    reader.waitForHangUp()
    pipe.put("x\n")
    #expect(lines(reader.read()) == ["x"])
  }

  @Test func waitingForAHangUpLeavesTheInputAlone() {
    let pipe = Pipe()
    let reader = FrameReader(pipe.read)
    pipe.put("x\n")
    pipe.closeWrite()
    reader.waitForHangUp()
    #expect(lines(reader.read()) == ["x"])
  }

  @Test func aDescriptorThatCannotBeReadIsAFailure() {
    let folder = open("/", O_RDONLY)
    defer { close(folder) }
    guard case .failed(errno: EISDIR) = FrameReader(folder).read() else {
      return #expect(Bool(false), "no failure")
    }
  }

  private func lines(_ outcome: FrameReader.Outcome) -> [String] {
    guard case .frames(let frames, _) = outcome else { return [] }
    return frames.map {
      if case .line(let bytes) = $0 { String(decoding: bytes, as: UTF8.self) } else { "?" }
    }
  }
}
