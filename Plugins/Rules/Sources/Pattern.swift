internal import CPCRE2

/// A Perl-compatible regular expression that gives up rather than search for long. Any thread.
package final class Pattern: @unchecked Sendable {
  // @unchecked: `code` and `context` are written in `init` alone, and pcre2_match only reads them.
  private let code: OpaquePointer
  private let context: OpaquePointer
  /// Of the named groups, with their numbers.
  private let groups: [(name: String, number: Int)]

  package struct CompileError: Error, Equatable {
    /// As in "missing closing parenthesis at offset 7".
    package let message: String
  }

  /// The search would take too long, and was given up.
  package struct LimitReached: Error, Equatable {}

  /// Some ten milliseconds at worst.
  private static let mostSteps: UInt32 = 500_000
  private static let deepest: UInt32 = 10_000
  private static let heapKibibytes: UInt32 = 4096

  package init(_ expression: String) throws(CompileError) {
    var error: Int32 = 0
    var offset = 0
    let options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_UTF_CHECK
    var expression = expression
    let compiled = expression.withUTF8 {
      pcre2_compile_8($0.baseAddress, $0.count, options, &error, &offset, nil)
    }
    guard let compiled else { throw CompileError(message: "\(Self.message(error)) at offset \(offset)") }
    guard let context = pcre2_match_context_create_8(nil) else {
      pcre2_code_free_8(compiled)
      throw CompileError(message: "out of memory")
    }
    pcre2_set_match_limit_8(context, Self.mostSteps)
    pcre2_set_depth_limit_8(context, Self.deepest)
    pcre2_set_heap_limit_8(context, Self.heapKibibytes)
    code = compiled
    self.context = context
    groups = Self.namedGroups(of: compiled)
  }

  deinit {
    pcre2_match_context_free_8(context)
    pcre2_code_free_8(code)
  }

  package var names: [String] { groups.map(\.name) }

  /// The named groups that took part in the first match, nil if there is none.
  package func firstMatch(in text: String) throws(LimitReached) -> [String: String]? {
    guard let data = pcre2_match_data_create_from_pattern_8(code, nil) else { throw LimitReached() }
    defer { pcre2_match_data_free_8(data) }
    var text = text
    let found: [String: String]?? = text.withUTF8 { bytes in
      // Never null: an empty text has no address of its own.
      let start = bytes.baseAddress ?? UnsafePointer(bitPattern: 1)!
      let count = pcre2_match_8(code, start, bytes.count, 0, PCRE2_NO_UTF_CHECK, data, context)
      if count == PCRE2_ERROR_NOMATCH { return .some(nil) }
      guard count > 0, let offsets = pcre2_get_ovector_pointer_8(data) else { return nil }
      return slots(in: bytes, offsets, count: Int(count))
    }
    guard let found else { throw LimitReached() }
    return found
  }

  /// - Parameter count: One more than the greatest number of a group that took part.
  private func slots(
    in bytes: UnsafeBufferPointer<UInt8>, _ offsets: UnsafePointer<Int>, count: Int
  ) -> [String: String] {
    var slots: [String: String] = [:]
    for group in groups where group.number < count {
      let (start, end) = (offsets[2 * group.number], offsets[2 * group.number + 1])
      // All bits set where a group took no part; the end before the start where \K was used in a lookahead.
      guard start >= 0, end >= start else { continue }
      slots[group.name] = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<end]), as: UTF8.self)
    }
    return slots
  }

  private static func namedGroups(of code: OpaquePointer) -> [(name: String, number: Int)] {
    var count: UInt32 = 0
    var size: UInt32 = 0
    var table: UnsafePointer<UInt8>?
    pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMECOUNT), &count)
    pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMEENTRYSIZE), &size)
    pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMETABLE), &table)
    guard let table else { return [] }
    // Each entry is the group's number in two bytes, and its name up to a zero.
    return (0..<Int(count)).map { index in
      let entry = table + index * Int(size)
      return (String(cString: entry + 2), Int(entry[0]) << 8 | Int(entry[1]))
    }
  }

  private static func message(_ error: Int32) -> String {
    var buffer = [UInt8](repeating: 0, count: 160)
    let length = pcre2_get_error_message_8(error, &buffer, buffer.count)
    return String(decoding: buffer.prefix(max(0, Int(length))), as: UTF8.self)
  }
}
