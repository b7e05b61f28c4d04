import JSONCodec
import Testing

@Suite struct JSONPointerTests {
  @Test(
    arguments: [
      ("", []), ("/", [""]), ("/a/b", ["a", "b"]), ("/a~1b/m~0n", ["a/b", "m~n"]), ("/~01", ["~1"]),
      ("//", ["", ""]),
      ("/c%d/e^f/ é", ["c%d", "e^f", " é"]),
    ] as [(String, [String])])
  func textAndTokensAreTheSameThing(text: String, tokens: [String]) throws {
    #expect(try JSONPointer(parsing: text).tokens == tokens)
    #expect(JSONPointer(tokens).description == text)
  }

  @Test(arguments: [("a", 0), ("/a~", 3), ("/~2", 2), ("#/a", 0), ("/a~/b", 3)])
  func whatRFC6901DoesNotAllowIsRefused(text: String, offset: Int) {
    #expect(throws: JSONError(code: .invalidPointer, offset: offset, line: 1, column: offset + 1)) {
      try JSONPointer(parsing: text)
    }
  }

  @Test func appendingAddsOneToken() {
    #expect(JSONPointer.root.appending("a/b").appending(3).description == "/a~1b/3")
    #expect(JSONPointer.root.description == "")
  }

  @Test func arrayPositionsHaveNoSignNoLeadingZeroAndNoOverflow() {
    #expect(JSONPointer.arrayIndex("0") == 0)
    #expect(JSONPointer.arrayIndex("10") == 10)
    for token in ["", "-", "-1", "+1", "01", "1.0", "a", "99999999999999999999", "１"] {
      #expect(JSONPointer.arrayIndex(token) == nil)
    }
  }
}
