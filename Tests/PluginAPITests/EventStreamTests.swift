import JackfieldPluginSDK
import Testing

@Suite struct EventStreamTests {
  struct Vector: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    let events: [ServerSentEvent]
    var testDescription: String { name }

    init(_ name: String, _ text: String, _ events: [(String, String)]) {
      self.init(name, Array(text.utf8), events)
    }

    init(_ name: String, _ bytes: [UInt8], _ events: [(String, String)]) {
      self.name = name
      self.bytes = bytes
      self.events = events.map { ServerSentEvent(name: $0.0, data: $0.1) }
    }
  }

  static let vectors: [Vector] = [
    Vector("nothing", "", []),
    Vector("one", "data: a\n\n", [("message", "a")]),
    Vector("an event that is not ended", "data: a\n\ndata: b\n", [("message", "a")]),
    Vector("a line that is not ended", "data: a\n\ndata: b", [("message", "a")]),
    Vector("carriage returns", "data: a\r\rdata: b\r\r", [("message", "a"), ("message", "b")]),
    Vector("both", "data: a\r\n\r\ndata: b\r\n\r\n", [("message", "a"), ("message", "b")]),
    Vector(
      "mixed", "data: a\r\n\ndata: b\n\r\ndata: c\r\n\rdata: d\n\n",
      [("message", "a"), ("message", "b"), ("message", "c"), ("message", "d")]),
    Vector("several lines", "data: a\ndata:\ndata:  b\n\n", [("message", "a\n\n b")]),
    Vector("several lines that end with both", "event: one\r\ndata: a\r\ndata: b\r\n\r\n", [("one", "a\nb")]),
    Vector("a field without colon", "data\n\ndata\ndata\n\n", [("message", ""), ("message", "\n")]),
    Vector("no blank behind the colon", "data:a\n\n", [("message", "a")]),
    Vector("a blank is taken once", "data:  a \n\n", [("message", " a ")]),
    Vector("comments", ": hello\n:\n:x\ndata: a\n: within\ndata: b\n\n: after\n\n", [("message", "a\nb")]),
    Vector("names", "event: one\ndata: a\n\ndata: b\n\n", [("one", "a"), ("message", "b")]),
    Vector("a name alone is no event", "event: one\n\ndata: b\n\n", [("message", "b")]),
    Vector("the last name counts", "event: one\nevent: two\ndata: a\n\n", [("two", "a")]),
    Vector("an order mark", [0xEF, 0xBB, 0xBF] + Array("data: a\n\n".utf8), [("message", "a")]),
    Vector(
      "an order mark later is text",
      Array("data: a\n\n".utf8) + [0xEF, 0xBB, 0xBF] + Array("data: b\n\n".utf8),
      [("message", "a")]),
    Vector("unknown fields and case", "Data: a\nfoo: b\ndata : c\n\ndata: d\n\n", [("message", "d")]),
    Vector("colons within", "data: {\"a\": \"b:c\"}\n\n", [("message", "{\"a\": \"b:c\"}")]),
    Vector("more than ASCII", "data: grüße 👩‍👩‍👧\n\n", [("message", "grüße 👩‍👩‍👧")]),
    Vector("no UTF-8", Array("data: ".utf8) + [0xFF, 0x61] + Array("\n\n".utf8), [("message", "\u{FFFD}a")]),
    Vector(
      "ids and retries", "id: 1\nretry: 10\nid: \u{0}2\nretry: 1x\ndata: a\n\nid\n\n", [("message", "a")]),
  ]

  private func read(_ pieces: [ArraySlice<UInt8>]) throws -> [ServerSentEvent] {
    var reader = EventStreamReader()
    return try pieces.flatMap { try reader.events(in: $0) }
  }

  @Test(arguments: vectors) func aStreamIsReadWhole(_ vector: Vector) throws {
    #expect(try read([vector.bytes[...]]) == vector.events)
  }

  @Test(arguments: vectors) func aStreamIsReadByteByByte(_ vector: Vector) throws {
    #expect(try read(vector.bytes.indices.map { vector.bytes[$0...$0] }) == vector.events)
  }

  @Test(arguments: vectors) func aStreamIsReadAtEverySplitIntoThree(_ vector: Vector) throws {
    let bytes = vector.bytes
    for first in 0...bytes.count {
      for second in first...bytes.count {
        #expect(
          try read([bytes[..<first], bytes[first..<second], bytes[second...]]) == vector.events,
          "\(first), \(second)")
      }
    }
  }

  @Test func idsAndRetriesAreKept() throws {
    var reader = EventStreamReader()
    _ = try reader.events(in: Array("id: 1\nretry: 10\nid: \u{0}2\nretry: 1x\ndata: a\n\n".utf8))
    #expect(reader.lastEventID == "1" && reader.retryMilliseconds == 10)
    _ = try reader.events(in: Array("id\nretry:\n".utf8))
    #expect(reader.lastEventID.isEmpty && reader.retryMilliseconds == 10)
  }

  @Test func aLineAndAnEventHaveBounds() throws {
    var line = EventStreamReader(longestLine: 10, largestEvent: 100)
    #expect(try line.events(in: Array("data: 1234\n\n".utf8)).count == 1)
    #expect(throws: EventStreamReader.LimitReached.line) { try line.events(in: Array(":0123456789".utf8)) }
    var slowly = EventStreamReader(longestLine: 10, largestEvent: 100)
    #expect(throws: EventStreamReader.LimitReached.line) {
      for _ in 0..<11 { _ = try slowly.events(in: [0x3A]) }
    }
    var event = EventStreamReader(longestLine: 100, largestEvent: 10)
    #expect(throws: EventStreamReader.LimitReached.event) {
      _ = try event.events(in: Array(String(repeating: "data: 123\n", count: 3).utf8))
    }
    // What is small again after it was large is no matter.
    var many = EventStreamReader(longestLine: 10, largestEvent: 10)
    #expect(try many.events(in: Array(String(repeating: "data: 123\n\n", count: 100).utf8)).count == 100)
  }
}
