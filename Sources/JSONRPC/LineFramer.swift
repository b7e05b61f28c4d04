/// Cuts a stream of bytes into lines, however the stream arrives: byte by byte or many lines at once. A line ends at a
/// line feed and at nothing else; a carriage return before it is left out, as are lines of nothing but white space.
///
/// Keeps at most `maxBytes` and what was appended last. A longer line is skipped to its end; what it was asked under is
/// still found out.
package struct LineFramer: Sendable {
  package enum Frame: Sendable, Equatable {
    case line([UInt8])
    case tooLong(id: RequestID?)
  }

  /// 16 MiB of payload, and room for what is around it.
  package static let defaultMaxBytes = 17 << 20

  package let maxBytes: Int
  private var buffer: [UInt8] = []
  /// Of the first line that has not been given out.
  private var start = 0
  /// Up to here there is no line feed.
  private var searched = 0
  private var skipped: TopLevelIDScanner?

  package init(maxBytes: Int = LineFramer.defaultMaxBytes) { self.maxBytes = max(1, maxBytes) }

  package mutating func append(_ bytes: UnsafeRawBufferPointer) {
    if start > 0 {
      buffer.removeFirst(start)
      searched -= start
      start = 0
    }
    buffer.append(contentsOf: bytes)
  }

  package mutating func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }

  /// - Returns: the next line; nil where it is not there yet.
  package mutating func next() -> Frame? {
    while let end = endOfLine() {
      let frame = takeLine(upTo: end)
      if let frame { return frame }
    }
    if buffer.count - start > maxBytes || skipped != nil { skipBuffer() }
    return nil
  }

  /// The stream has ended: what follows the last line feed is a line too.
  package mutating func finish() -> Frame? {
    if let frame = next() { return frame }
    if let scanner = skipped.take() { return .tooLong(id: scanner.id) }
    return takeLine(upTo: buffer.count)
  }

  private mutating func endOfLine() -> Int? {
    let found = buffer.withUnsafeBufferPointer { bytes in
      UnsafeBufferPointer(rebasing: bytes[searched...]).position(of: UInt8(ascii: "\n"))
    }
    guard let found else {
      searched = buffer.count
      return nil
    }
    return searched + found
  }

  private mutating func takeLine(upTo end: Int) -> Frame? {
    defer {
      start = min(end + 1, buffer.count)
      searched = start
    }
    if var scanner = skipped.take() {
      scanner.scan(buffer[start..<end])
      return .tooLong(id: scanner.id)
    }
    guard end - start <= maxBytes else {
      var scanner = TopLevelIDScanner()
      scanner.scan(buffer[start..<end])
      return .tooLong(id: scanner.id)
    }
    let isOnlyLine = start == 0 && end + 1 >= buffer.count
    var line = isOnlyLine ? takeBuffer(upTo: end) : Array(buffer[start..<end])
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    return isBlank(line) ? nil : .line(line)
  }

  /// Moves instead of copying: most lines come alone, and the large ones always do.
  private mutating func takeBuffer(upTo end: Int) -> [UInt8] {
    var line: [UInt8] = []
    swap(&line, &buffer)
    line.removeLast(line.count - end)
    return line
  }

  private mutating func skipBuffer() {
    var scanner = skipped.take() ?? TopLevelIDScanner()
    scanner.scan(buffer[start...])
    skipped = scanner
    buffer.removeAll()
    start = 0
    searched = 0
  }

  private func isBlank(_ line: [UInt8]) -> Bool {
    guard let first = line.first, first <= 0x20 else { return line.isEmpty }
    return line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
  }
}
