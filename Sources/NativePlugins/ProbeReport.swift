import CPluginLoading
import PluginFiles
import PluginABI
import ToolContracts

/// What jackfield-probe wrote before it ended; sandbox/probe.c has the format. The plugin ran in that process, so this is
/// read as carefully as any other input.
struct ProbeReport: Sendable {
  enum Stage: String, Sendable {
    case start
    case load
    case entry
    case table
  }

  enum Verdict: Sendable {
    case table(PluginTable)
    case refused(PluginFailure.Code, String)
    /// The process ended before it came to one.
    case none
  }

  /// No plugin's report is larger.
  static let largest = SealedDescriptor.largest + Int(PLUGIN_MAX_FUNCTIONS) * 128 + 4096

  private(set) var stage = Stage.start
  private(set) var verdict = Verdict.none

  /// - Returns: nil for bytes that no probe of this version writes.
  init?(parsing bytes: [UInt8]) {
    var lines = ReportLines(bytes)
    guard !bytes.isEmpty else { return }
    guard lines.next() == "jackfield-probe 1 abi \(plugin_host_abi())" else { return nil }
    while let line = lines.next() {
      if let name = line.after("stage "), let stage = Stage(rawValue: name) {
        self.stage = stage
      } else if let refusal = line.after("refused ") {
        guard let verdict = Self.refusal(refusal), lines.isAtEnd else { return nil }
        self.verdict = verdict
      } else if let id = line.after("id "), stage == .table {
        guard let table = Self.table(id: id, &lines), lines.isAtEnd else { return nil }
        verdict = .table(table)
      } else {
        return nil
      }
    }
    guard lines.isAtEnd else { return nil }
  }

  private static func refusal(_ text: String) -> Verdict? {
    let parts = text.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, let code = PluginFailure.Code(rawValue: String(parts[0])),
      code == .loadFailed || code == .incompatible
    else { return nil }
    return .refused(code, String(parts[1]))
  }

  private static func table(id: String, _ lines: inout ReportLines) -> PluginTable? {
    guard let version = lines.next()?.after("version ") else { return nil }
    var functions: [PluginTable.Function] = []
    while let line = lines.next() {
      if let function = line.after("function ") {
        guard functions.count < Int(PLUGIN_MAX_FUNCTIONS), let function = PluginTable.Function(line: function)
        else {
          return nil
        }
        functions.append(function)
      } else if let text = line.after("descriptor ") {
        guard let count = Int(text), let descriptor = lines.bytes(count), lines.next() == "",
          lines.next() == "end"
        else {
          return nil
        }
        return PluginTable(id: id, version: version, functions: functions, descriptor: descriptor)
      } else {
        return nil
      }
    }
    return nil
  }
}

extension PluginTable.Function {
  fileprivate init?(line: String) {
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 4, let kind = Int32(words[0]), let effect = Int32(words[1]),
      let flags = UInt32(words[2])
    else {
      return nil
    }
    self.init(name: String(words[3]), kind: kind, effect: effect, flags: flags)
  }
}

extension String {
  fileprivate func after(_ prefix: String) -> String? {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
  }
}

/// Reads lines that end in a line feed, and counted bytes between them.
private struct ReportLines {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }

  /// Nil at the end, and for a last line that is not complete.
  mutating func next() -> String? {
    guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    defer { position = end + 1 }
    return String(validating: bytes[position..<end], as: UTF8.self)
  }

  mutating func bytes(_ count: Int) -> [UInt8]? {
    guard count >= 0, count <= bytes.count - position else { return nil }
    defer { position += count }
    return Array(bytes[position..<position + count])
  }
}
