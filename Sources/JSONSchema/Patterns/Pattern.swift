import CPCRE2
import Glibc
import JSONCodec

/// Why a pattern cannot be used.
struct PatternError: Error {
  let message: String
  /// ECMA-262 allows it, only this host does not.
  var isOnlyUnsupported = false
}

/// A compiled ECMA-262 pattern.
final class Pattern: @unchecked Sendable {
  // @unchecked: pcre2_code is read-only once compiled, and every thread brings its own match data.
  let source: String
  fileprivate let shape: PlanPattern.Shape
  fileprivate let literal: String
  fileprivate let code: OpaquePointer?

  init(_ source: String) throws(PatternError) {
    self.source = source
    (shape, literal) = Self.shape(of: source)
    code = shape == .expression ? try Self.compile(try ECMAPattern.translated(source)) : nil
  }

  deinit {
    if let code { pcre2_code_free_8(code) }
  }

  func entry(addingLiteralTo bytes: inout [UInt8]) -> PlanPattern {
    let start = bytes.count
    bytes.append(contentsOf: literal.utf8)
    let text = PlanText(start: UInt32(start), count: UInt32(bytes.count - start))
    return PlanPattern(shape: shape, literal: text, code: code)
  }

  /// In bytes. Counted repetitions of groups are copies, so a short pattern can become a large program.
  private static let largestCode = 16 << 10

  private static func compile(_ translated: String) throws(PatternError) -> OpaquePointer {
    var error: Int32 = 0
    var offset = 0
    let options =
      UInt32(PCRE2_UTF) | UInt32(PCRE2_NO_UTF_CHECK) | UInt32(PCRE2_DOLLAR_ENDONLY)
      | UInt32(PCRE2_MATCH_UNSET_BACKREF) | UInt32(PCRE2_NEVER_BACKSLASH_C)
    var translated = translated
    let code = translated.withUTF8 {
      pcre2_compile_8($0.baseAddress, $0.count, options, &error, &offset, nil)
    }
    guard let code else {
      throw PatternError(
        message: "The pattern is not a regular expression this host can use: \(description(of: error)).",
        isOnlyUnsupported: error == PCRE2_ERROR_LOOKBEHIND_NOT_FIXED_LENGTH
          || error == PCRE2_ERROR_PATTERN_TOO_LARGE)
    }
    var size = 0
    guard pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_SIZE), &size) == 0, size <= largestCode else {
      pcre2_code_free_8(code)
      throw PatternError(message: "The pattern repeats too much.", isOnlyUnsupported: true)
    }
    // Without the compiler the interpreter does the same work more slowly.
    _ = pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE))
    return code
  }

  /// Whether `source` is an ECMA-262 regular expression, be it one this host can run or not: PCRE2 knows no
  /// look-behind of variable length, for instance.
  static func isExpression(_ source: String) -> Bool {
    do throws(PatternError) {
      _ = try compile(try ECMAPattern.translated(source))
      return true
    } catch { return error.isOnlyUnsupported }
  }

  private static func description(of error: Int32) -> String {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { buffer in
      let length = pcre2_get_error_message_8(error, buffer.baseAddress, buffer.count)
      return length > 0 ? String(decoding: buffer.prefix(Int(length)), as: UTF8.self) : "error \(error)"
    }
  }

  /// Many patterns are so plain that looking at the bytes is enough.
  private static func shape(of source: String) -> (PlanPattern.Shape, literal: String) {
    if source.isEmpty || source == "^" || source == "$" || source == ".*" || source == "^.*" {
      return (.anything, "")
    }
    guard source.hasPrefix("^") else { return (.expression, "") }
    var literal = source.utf8.dropFirst()
    let isWhole = literal.last == UInt8(ascii: "$")
    if isWhole { literal = literal.dropLast() }
    let special = Set("\\^$.*+?()[]{}|".utf8)
    guard literal.allSatisfy({ !special.contains($0) }) else { return (.expression, "") }
    return (isWhole ? .exactly : .prefix, String(Substring(literal)))
  }
}

extension Pattern {
  func match(_ text: String) -> PatternOutcome {
    var text = text
    switch shape {
    case .anything: return .matches
    case .prefix: return text.utf8.starts(with: literal.utf8) ? .matches : .doesNotMatch
    case .exactly: return areSameText(text, literal) ? .matches : .doesNotMatch
    case .expression: return text.withUTF8 { PatternMatching.match(code, $0) }
    }
  }
}

/// A match takes bounded time: beyond its limits it is given up, which is not a "no".
enum PatternOutcome { case matches, doesNotMatch, exceedsLimit }

extension PlanTables {
  /// - Parameter text: valid UTF-8.
  func match(_ pattern: UInt32, _ text: UnsafeBufferPointer<UInt8>) -> PatternOutcome {
    let pattern = patterns[pattern]
    let literal = bytes(of: pattern.literal)
    switch pattern.shape {
    case .anything: return .matches
    case .prefix:
      guard text.count >= literal.count else { return .doesNotMatch }
      let head = UnsafeBufferPointer(start: text.baseAddress, count: literal.count)
      return equalBytes(head, literal) ? .matches : .doesNotMatch
    case .exactly: return equalBytes(text, literal) ? .matches : .doesNotMatch
    case .expression: return PatternMatching.match(pattern.code, text)
    }
  }
}

private enum PatternMatching {
  static func match(_ code: OpaquePointer?, _ text: UnsafeBufferPointer<UInt8>) -> PatternOutcome {
    guard let code, let data = MatchData.ofThisThread() else { return .exceedsLimit }
    // PCRE2 wants an address even for no bytes; this one is not read.
    let address = text.baseAddress ?? UnsafePointer(bitPattern: 1)
    let context = MatchLimits.shared.context
    let result = pcre2_match_8(code, address, text.count, 0, UInt32(PCRE2_NO_UTF_CHECK), data, context)
    // Long texts can outgrow the compiled matcher's small stack; the interpreter keeps its own on the heap.
    guard result == PCRE2_ERROR_JIT_STACKLIMIT else { return outcome(result) }
    return outcome(
      pcre2_match_8(code, address, text.count, 0, UInt32(PCRE2_NO_UTF_CHECK) | PCRE2_NO_JIT, data, context))
  }

  private static func outcome(_ result: Int32) -> PatternOutcome {
    result >= 0 ? .matches : result == PCRE2_ERROR_NOMATCH ? .doesNotMatch : .exceedsLimit
  }
}

/// What one match may cost. Chosen so that the worst pattern is given up within about two milliseconds.
private struct MatchLimits: @unchecked Sendable {
  // @unchecked: written once here, only read by matches.
  static let shared = MatchLimits()
  let context: OpaquePointer?

  private init() {
    context = pcre2_match_context_create_8(nil)
    if let context {
      _ = pcre2_set_match_limit_8(context, 100_000)
      _ = pcre2_set_depth_limit_8(context, 20_000)
      _ = pcre2_set_heap_limit_8(context, 4096)
    }
  }
}

/// The memory a match writes to: one for each thread, made at its first match and freed when the thread ends.
private enum MatchData {
  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key) { memory in
      if let memory { pcre2_match_data_free_8(OpaquePointer(memory)) }
    }
    return key
  }()

  static func ofThisThread() -> OpaquePointer? {
    if let known = pthread_getspecific(key) { return OpaquePointer(known) }
    guard let fresh = pcre2_match_data_create_8(1, nil) else { return nil }
    pthread_setspecific(key, UnsafeRawPointer(fresh))
    return fresh
  }
}
