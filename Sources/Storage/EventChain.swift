import CCrypto
import ToolContracts

/// SHA-256 of an event and, through the digest before it, of everything that its run had recorded until then.
package struct EventDigest: Hashable, Sendable, CustomStringConvertible {
  package static let byteCount = 32
  package let bytes: [UInt8]

  /// - Returns: nil unless there are 32 bytes.
  package init?(bytes: [UInt8]) {
    guard bytes.count == EventDigest.byteCount else { return nil }
    self.bytes = bytes
  }

  /// - Returns: nil unless the text is what `description` gives.
  package init?(_ text: String) {
    let digits = Array(text.utf8)
    guard digits.count == 2 * EventDigest.byteCount else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(EventDigest.byteCount)
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = EventDigest.digits.firstIndex(of: digits[index]),
        let low = EventDigest.digits.firstIndex(of: digits[index + 1])
      else { return nil }
      bytes.append(UInt8(high << 4 | low))
    }
    self.bytes = bytes
  }

  fileprivate init(of text: [UInt8]) {
    var hash = [UInt8](repeating: 0, count: EventDigest.byteCount)
    jf_sha256(text, text.count, &hash)
    bytes = hash
  }

  /// 64 digits of base 16, in lower case.
  package var description: String {
    var text: [UInt8] = []
    writeHexadecimal(to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  fileprivate func writeHexadecimal(to text: inout [UInt8]) {
    for byte in bytes {
      text.append(EventDigest.digits[Int(byte >> 4)])
      text.append(EventDigest.digits[Int(byte & 15)])
    }
  }

  private static let digits = Array("0123456789abcdef".utf8)
}

/// The digests of a run's events, one after the other. docs/journal.md says what exactly is hashed, so that anybody can
/// check it without this program.
package struct EventChain: Sendable, Equatable {
  /// Of the last event; nil before the first.
  package private(set) var head: EventDigest?

  package init(after head: EventDigest? = nil) { self.head = head }

  /// - Parameter event: with its fence.
  package mutating func append(_ event: JournalEvent) -> EventDigest {
    append(event, of: event.run.description)
  }

  /// - Parameter run: the event's, as text.
  package mutating func append(_ event: JournalEvent, of run: String) -> EventDigest {
    var text: [UInt8] = []
    text.reserveCapacity(256 + event.data.count)
    head?.writeHexadecimal(to: &text)
    text.line(event.time)
    text.line(event.tenant.description)
    text.line(run)
    text.line(Int64(event.turn))
    text.line(event.agent)
    text.line(event.kind.rawValue)
    if let step = event.step { text.line(Int64(step)) } else { text.line("") }
    text.line(Int64(event.fence))
    text.append(UInt8(ascii: "\n"))
    text += event.data
    let digest = EventDigest(of: text)
    head = digest
    return digest
  }
}

extension [UInt8] {
  fileprivate mutating func line(_ words: String) {
    append(UInt8(ascii: "\n"))
    append(contentsOf: words.utf8)
  }

  /// In base 10.
  fileprivate mutating func line(_ number: Int64) {
    append(UInt8(ascii: "\n"))
    if number < 0 { append(UInt8(ascii: "-")) }
    let start = count
    var rest = number.magnitude
    repeat {
      append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    // In place: `reverse` of a part makes a copy of it.
    var (first, last) = (start, count - 1)
    while first < last {
      swapAt(first, last)
      (first, last) = (first + 1, last - 1)
    }
  }
}
