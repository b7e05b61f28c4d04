import JSONCodec
import JSONRPC
import TestSupport
import Testing

private func frames(_ text: String, pieces: Int = 1, maxBytes: Int = 64) -> [String] {
  var framer = LineFramer(maxBytes: maxBytes)
  var found: [String] = []
  func take(_ frame: LineFramer.Frame?) -> Bool {
    switch frame {
    case .line(let bytes): found.append(String(decoding: bytes, as: UTF8.self))
    case .tooLong(let id): found.append("too long \(id.map(\.description) ?? "?")")
    case nil: return false
    }
    return true
  }
  let bytes = Array(text.utf8)
  for start in stride(from: 0, to: bytes.count, by: pieces) {
    framer.append(Array(bytes[start..<min(start + pieces, bytes.count)]))
    while take(framer.next()) {}
  }
  while take(framer.finish()) {}
  return found
}

@Suite(.leavesNothingBehind)
struct LineFramerTests {
  @Test(arguments: [1, 2, 3, 7, 1000])
  func linesAreTheSameHoweverTheyArrive(pieces: Int) {
    let text = "{\"a\":1}\n\n  \n\r\n{\"b\":2}\r\n\u{2028}x\u{85}y\n{\"c\""
    #expect(frames(text, pieces: pieces) == [#"{"a":1}"#, #"{"b":2}"#, "\u{2028}x\u{85}y", #"{"c""#])
  }

  @Test func anEmptyStreamHasNoLines() {
    #expect(frames("") == [])
    #expect(frames("\n\n") == [])
  }

  @Test(arguments: [1, 5, 63, 64, 65, 1000])
  func aLineAtTheLimitIsGivenOutAndOneAboveItIsSkipped(pieces: Int) {
    let most = #"{"id":1,"x":""# + String(repeating: "y", count: 64 - 15) + #""}"#
    let over = #"{"id":"two","x":""# + String(repeating: "y", count: 900) + #""}"#
    #expect(most.utf8.count == 64)
    #expect(frames("\(most)\n\(over)\n\(most)\n", pieces: pieces) == [most, #"too long "two""#, most])
  }

  @Test(arguments: [1, 9, 4096])
  func theIDOfASkippedLineIsFoundWhereverItStands(pieces: Int) {
    let filler = String(repeating: #"{\"id\":9},[]"#, count: 20)
    let texts = [
      #"{"params":{"id":8,"x":"\#(filler)"},"id":7}"#,
      #"{"id":7 ,"params":["\#(filler)"]}"#,
      #"{"x":"id","\u0069d":3,"y":"\#(filler)","id":7}"#,
    ]
    for text in texts { #expect(frames(text + "\n", pieces: pieces) == ["too long 7"]) }
  }

  @Test func aSkippedLineWithoutAReadableIDSaysSo() {
    let filler = String(repeating: "x", count: 100)
    for id in ["null", "1.5", "true", "{\"id\":1}", "[3]", "\"" + String(repeating: "i", count: 2000) + "\""]
    {
      #expect(frames(#"{"id":\#(id),"x":"\#(filler)"}"# + "\n") == ["too long ?"])
    }
    #expect(frames(#"["id",7,"\#(filler)"]"# + "\n") == ["too long ?"])
    #expect(frames(#"{"id":7,"x":"\#(filler)"#) == ["too long ?"])
  }
}
