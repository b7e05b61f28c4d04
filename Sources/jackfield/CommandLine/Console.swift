import Glibc
import JSONCodec
import Locking

/// Where a command writes: results to stdout, messages to stderr. From any thread; lines stay whole.
final class Console: Sendable {
  let isQuiet: Bool
  let isVerbose: Bool
  private let usesColor: Bool
  private let turn = Lock(())

  init(isQuiet: Bool = false, isVerbose: Bool = false, noColor: Bool = false) {
    self.isQuiet = isQuiet
    self.isVerbose = isVerbose
    usesColor = !noColor && getenv("NO_COLOR") == nil && isatty(STDOUT_FILENO) == 1
  }

  func result(_ line: String) { write(Array((line + "\n").utf8), to: STDOUT_FILENO) }
  func result(_ json: [UInt8]) { write(json + [UInt8(ascii: "\n")], to: STDOUT_FILENO) }
  /// A piece of a line; the next piece follows it directly.
  func piece(_ text: String) { write(Array(text.utf8), to: STDOUT_FILENO) }
  func message(_ line: String) {
    if !isQuiet { write(Array((line + "\n").utf8), to: STDERR_FILENO) }
  }

  func failure(_ failure: CommandFailure, asJSON: Bool) {
    if asJSON { result(failure.json) }
    write(Array("jackfield: \(failure.message)\n".utf8), to: STDERR_FILENO)
  }

  enum Style: String {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case cyan = "36"
  }

  func styled(_ text: String, _ style: Style) -> String {
    usesColor ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }

  private func write(_ bytes: [UInt8], to descriptor: Int32) {
    turn.withLock { _ in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count > 0 {
          rest = rest.dropFirst(count)
        } else if errno != EINTR {
          return  // Nobody reads any more.
        }
      }
    }
  }
}

/// Text from plugins, models and users, as it may be shown on a terminal: no escape sequence gets through.
func printable(_ text: String, keepsNewlines: Bool = false) -> String {
  guard text.unicodeScalars.contains(where: { isUnprintable($0, keepsNewlines: keepsNewlines) }) else {
    return text
  }
  var shown = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    shown.append(isUnprintable(scalar, keepsNewlines: keepsNewlines) ? "\u{FFFD}" : scalar)
  }
  return String(shown)
}

private func isUnprintable(_ scalar: Unicode.Scalar, keepsNewlines: Bool) -> Bool {
  switch scalar.value {
  case 0x0A: !keepsNewlines
  case 0x09: false
  case 0..<0x20, 0x7F..<0xA0: true
  // Marks that reorder the text around them.
  case 0x202A...0x202E, 0x2066...0x2069: true
  default: false
  }
}
