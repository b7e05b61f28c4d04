import JSONCodec
import Testing

@Suite struct JSONParserTests {
  private func failure(_ text: String, limits: JSONLimits = .default) -> JSONError? {
    failure(Array(text.utf8), limits: limits)
  }

  private func failure(_ bytes: [UInt8], limits: JSONLimits = .default) -> JSONError? {
    do throws(JSONError) {
      _ = try JSONDocument(parsing: bytes, limits: limits)
      return nil
    } catch { return error }
  }

  @Test(arguments: [
    ("", "unexpected_end", 0), ("[1,", "unexpected_end", 3), ("{\"a\"", "unexpected_end", 4),
    ("tru", "unexpected_end", 3),
    ("\"abc", "unexpected_end", 4), ("\"\\", "unexpected_end", 2), ("-", "unexpected_end", 1),
    ("[", "unexpected_end", 1),
    ("{", "unexpected_end", 1), ("\"\\u12", "unexpected_end", 5), ("1.", "unexpected_end", 2),
    ("[1 2]", "unexpected_character", 3), ("[,1]", "unexpected_character", 1),
    ("[1,]", "unexpected_character", 3),
    ("{a:1}", "unexpected_character", 1), ("{\"a\" 1}", "unexpected_character", 5),
    ("{\"a\":1,}", "unexpected_character", 7),
    ("[1}", "unexpected_character", 2), ("{\"a\":1]", "unexpected_character", 6),
    ("nulL", "unexpected_character", 3),
    ("'a'", "unexpected_character", 0), ("\u{a0}1", "unexpected_character", 0),
    ("01", "invalid_number", 0), ("-x", "invalid_number", 1), ("1.e3", "invalid_number", 2),
    ("1e+x", "invalid_number", 3),
    ("[-01]", "invalid_number", 2), ("+1", "unexpected_character", 0), (".5", "unexpected_character", 0),
    ("\"\\x\"", "invalid_escape", 1), ("\"\\u12g4\"", "invalid_escape", 1),
    ("\"a\u{1}\"", "control_character", 2),
    ("\"\\ud800\"", "lone_surrogate", 1), ("\"\\udc00\"", "lone_surrogate", 1),
    ("\"\\ud800\\u0041\"", "lone_surrogate", 1), ("1 2", "trailing_content", 2),
    ("{} []", "trailing_content", 3),
    ("\u{feff}1", "byte_order_mark", 0),
  ])
  func saysWhatIsWrongAndAtWhichByte(text: String, code: String, offset: Int) {
    let error = failure(text)
    #expect(error?.code.rawValue == code, "\(text)")
    #expect(error?.offset == offset, "\(text)")
  }

  @Test func linesAndColumnsCountFromOneAndColumnsCountCharacters() {
    let error = failure("{\n  \"ä€😀\": x}")
    #expect(error?.line == 2)
    #expect(error?.column == 10)
    #expect(error?.offset == 17)
  }

  @Test(
    arguments: [
      [0x22, 0xC0, 0x80, 0x22], [0x22, 0xC1, 0xBF, 0x22], [0x22, 0xE0, 0x9F, 0x80, 0x22],
      [0x22, 0xED, 0xA0, 0x80, 0x22],
      [0x22, 0xF0, 0x8F, 0x80, 0x80, 0x22], [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
      [0x22, 0xF5, 0x80, 0x80, 0x80, 0x22],
      [0x22, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22], [0x22, 0xC3], [0x22, 0xF0, 0x9F, 0x98],
    ] as [[UInt8]])
  func invalidUTF8IsRefusedWhereItStarts(bytes: [UInt8]) {
    #expect(failure(bytes)?.code == .invalidUTF8)
    #expect(failure(bytes)?.offset == 1)
  }

  /// Every length around the eight bytes the scanner takes at a time, at every alignment.
  @Test func aSpecialByteIsFoundAtEveryPosition() throws {
    for length in 0..<40 {
      for position in 0...length {
        var text = String(repeating: "x", count: length)
        text.insert(contentsOf: "\\n", at: text.index(text.startIndex, offsetBy: position))
        let expected = text.split(separator: "\\n", omittingEmptySubsequences: false).joined(separator: "\n")
        #expect(try JSONDocument(parsing: "\"\(text)\"").root.string == expected)
        let control = text.split(separator: "\\n", omittingEmptySubsequences: false).joined(
          separator: "\u{1f}")
        #expect(failure("\"\(control)\"")?.offset == position + 1)
      }
    }
  }

  @Test func nestingIsAllowedToTheLimitAndNotBeyond() {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(failure(nested(128)) == nil)
    #expect(failure(nested(129))?.code == .tooDeep)
    #expect(failure(nested(129))?.offset == 128)
    #expect(failure(nested(1025), limits: JSONLimits(maxDepth: .max))?.code == .tooDeep)
    #expect(failure("1", limits: JSONLimits(maxDepth: 0)) == nil)
    #expect(failure("[]", limits: JSONLimits(maxDepth: 0))?.code == .tooDeep)
  }

  @Test func aTextLargerThanTheLimitIsRefusedUnread() {
    #expect(failure("\"abcd\"", limits: JSONLimits(maxBytes: 6)) == nil)
    #expect(failure("\"abcde\"", limits: JSONLimits(maxBytes: 6))?.code == .tooLarge)
  }

  @Test(arguments: [
    "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "{\"\\u0061\":1,\"a\":2}", "{\"\":1,\"\":2}",
    "[{\"x\":{\"b\":1,\"c\":{},\"b\":[]}}]",
  ])
  func aRepeatedKeyIsReportedOrRefused(text: String) throws {
    #expect(failure(text, limits: .strict)?.code == .duplicateKey)
    #expect(try JSONDocument(parsing: text).duplicateKey?.code == .duplicateKey)
    #expect(try JSONDocument(parsing: text).duplicateKey?.offset == failure(text, limits: .strict)?.offset)
  }

  @Test func aRepeatedKeyIsFoundInObjectsOfEverySize() throws {
    for count in [2, 3, 8, 23, 24, 25, 26, 64, 65, 1000] {
      let members = (0..<count).map { "\"key\($0)\":{\"key\($0)\":[]}" }
      #expect(failure("{\(members.joined(separator: ","))}", limits: .strict) == nil)
      for repeated in [0, count / 2, count - 1] {
        let text = "{\(members.joined(separator: ",")),\"key\(repeated)\":0}"
        let error = failure(text, limits: .strict)
        #expect(error?.code == .duplicateKey)
        #expect(error?.offset == text.utf8.count - "\"key\(repeated)\":0}".utf8.count)
      }
    }
  }

  @Test func theLastOfRepeatedKeysIsTheOneRead() throws {
    let root = try JSONDocument(parsing: "{\"a\":1,\"b\":2,\"a\":3}").root
    #expect(root["a"]?.int == 3)
    #expect(root.count == 3)
    #expect(root.value == ["a": 3, "b": 2])
    #expect(root.value.object?.keys == ["a", "b"])
  }

  @Test func everyErrorMessageIsOneSentenceThatQuotesNothing() {
    for code in JSONError.Code.allCases {
      let message = JSONError(code: code, offset: 5, line: 2, column: 3).message
      #expect(message.hasSuffix(" at line 2, column 3 (byte 5)."))
      #expect(code.rawValue.allSatisfy { $0.isLowercase || $0 == "_" || $0.isNumber })
    }
  }
}
