/// One event of a stream of `text/event-stream`.
public struct ServerSentEvent: Sendable, Equatable {
  /// "message" where the server names none.
  public var name: String
  public var data: String

  public init(name: String = "message", data: String) {
    self.name = name
    self.data = data
  }
}

/// Reads a stream of `text/event-stream` (WHATWG HTML, 9.2) in whatever pieces it comes.
///
/// A value: the same bytes make the same events, however they are cut. An event whose blank line never comes is none.
/// Comments are passed over; what is no UTF-8 is replaced.
public struct EventStreamReader: Sendable {
  public enum LimitReached: Error, Sendable, Equatable {
    case line
    case event
  }

  /// The newest `id`; empty where there was none.
  public private(set) var lastEventID = ""
  /// The newest `retry`, in milliseconds.
  public private(set) var retryMilliseconds: Int64?

  private let longestLine: Int
  private let largestEvent: Int
  private var line: [UInt8] = []
  private var data: [UInt8] = []
  private var name = ""
  private var isFirstLine = true
  /// The line before ended with CR: an LF that follows belongs to it.
  private var skipsLineFeed = false

  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  /// - Parameters:
  ///   - longestLine: in bytes, without its end.
  ///   - largestEvent: in bytes of its data.
  public init(longestLine: Int = 4 << 20, largestEvent: Int = 4 << 20) {
    self.longestLine = longestLine
    self.largestEvent = largestEvent
  }

  /// The events that are whole with these bytes.
  ///
  /// - Throws: `LimitReached`; nothing can be read any more then.
  public mutating func events(in bytes: some Collection<UInt8>) throws(LimitReached) -> [ServerSentEvent] {
    var events: [ServerSentEvent] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      if skipsLineFeed {
        skipsLineFeed = false
        if rest.first == Self.lineFeed {
          rest = rest.dropFirst()
          continue
        }
      }
      let end = rest.firstIndex { $0 == Self.lineFeed || $0 == Self.carriageReturn }
      let part = rest[..<(end ?? rest.endIndex)]
      guard part.count <= longestLine - line.count else { throw .line }
      line.append(contentsOf: part)
      guard let end else { break }
      skipsLineFeed = rest[end] == Self.carriageReturn
      rest = rest[rest.index(after: end)...]
      if let event = try takeLine() { events.append(event) }
    }
    return events
  }

  private mutating func takeLine() throws(LimitReached) -> ServerSentEvent? {
    defer { line.removeAll(keepingCapacity: true) }
    if isFirstLine {
      isFirstLine = false
      if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
    }
    if line.isEmpty { return takeEvent() }
    let colon = line.firstIndex(of: UInt8(ascii: ":"))
    // A comment.
    if colon == 0 { return nil }
    var value = colon.map { line[($0 + 1)...] } ?? []
    if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
    switch String(decoding: line[..<(colon ?? line.endIndex)], as: UTF8.self) {
    case "data":
      guard value.count < largestEvent - data.count else { throw .event }
      data.append(contentsOf: value)
      data.append(Self.lineFeed)
    case "event": name = String(decoding: value, as: UTF8.self)
    case "id" where !value.contains(0): lastEventID = String(decoding: value, as: UTF8.self)
    case "retry" where !value.isEmpty && value.allSatisfy({ (0x30...0x39).contains($0) }):
      retryMilliseconds = Int64(String(decoding: value, as: UTF8.self)) ?? retryMilliseconds
    default: break
    }
    return nil
  }

  private mutating func takeEvent() -> ServerSentEvent? {
    defer {
      data.removeAll(keepingCapacity: true)
      name = ""
    }
    guard !data.isEmpty else { return nil }
    return ServerSentEvent(
      name: name.isEmpty ? "message" : name, data: String(decoding: data.dropLast(), as: UTF8.self))
  }
}
