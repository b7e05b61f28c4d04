import JSONCodec
import Testing

@Suite struct JSONValueTests {
  @Test func membersKeepTheirPlaceWhenEditedAtEverySize() {
    for count in [0, 1, 11, 12, 13, 40] {
      var value: JSONValue = [:]
      for index in 0..<count { value["k\(index)"] = .int(index) }
      value["k5"] = "changed"
      value["k3"] = nil
      value["new"] = true
      var keys = (0..<count).map { "k\($0)" }
      if count <= 5 { keys.append("k5") }
      keys.removeAll { $0 == "k3" }
      #expect(value.object?.keys == keys + ["new"])
      for key in keys { #expect(value[key] == (key == "k5" ? "changed" : .int(Int(key.dropFirst())!))) }
      #expect(value["k3"] == nil)
    }
  }

  @Test func equalityIgnoresKeyOrderAndNumberNotationOnly() throws {
    let a = try JSONValue(parsing: "{\"x\":1,\"y\":[1,2.0,{\"p\":null,\"q\":\"s\"}]}")
    let b = try JSONValue(parsing: "{\"y\":[1.0,2,{\"q\":\"s\",\"p\":null}],\"x\":10e-1}")
    #expect(a == b)
    #expect(a.hashValue == b.hashValue)
    #expect(a != (try JSONValue(parsing: "{\"x\":1,\"y\":[2,1,{\"p\":null,\"q\":\"s\"}]}")))
    #expect(JSONValue.bool(false) != .int(0))
    #expect(JSONValue.null != .bool(false))
    #expect(JSONValue.string("1") != .int(1))
    #expect((["a": 1] as JSONValue) != ["a": 1, "b": 2])
  }

  @Test func settingAMemberOfWhatIsNoObjectDoesNothing() {
    var value: JSONValue = [1, 2]
    value["a"] = 1
    #expect(value == [1, 2])
    #expect(value[0] == 1)
    #expect(value[2] == nil)
  }

  @Test func indentedTextSaysTheSame() throws {
    let value: JSONValue = ["a": [1, [], [:], ["b": "c"]], "d": nil]
    let text = """
      {
        "a": [
          1,
          [],
          {},
          {
            "b": "c"
          }
        ],
        "d": null
      }
      """
    #expect(String(decoding: value.serialized(indentation: 2), as: UTF8.self) == text)
    #expect(try JSONValue(parsing: text) == value)
    #expect(value.text == "{\"a\":[1,[],{},{\"b\":\"c\"}],\"d\":null}")
  }

  @Test func stringsAreEscapedWhereTheyMustBe() throws {
    let text = "\u{0}\u{1}\u{8}\t\n\u{b}\u{c}\r\u{1f} \"\\/\u{7f}é€😀\u{2028}\u{2029}\u{2027}"
    #expect(
      JSONValue.string(text).text
        == "\"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f \\\"\\\\/\u{7f}é€😀\\u2028\\u2029\u{2027}\"")
    #expect(try JSONValue(parsing: JSONValue.string(text).text).string == text)
    #expect(String(decoding: try JSONValue.string("\u{2028}").canonical(), as: UTF8.self) == "\"\u{2028}\"")
  }

  @Test func whatNoDoubleCanHoldHasNoCanonicalForm() {
    #expect(throws: JSONError.self) { try JSONValue(parsing: "[1e400]").canonical() }
  }

  /// Property: any tree survives printing and parsing, canonical printing is a fixed point and forgets key order.
  @Test func anyTreeSurvivesPrintingAndParsing() throws {
    var generator = SplitMix(state: 42)
    for _ in 0..<2000 {
      let value = JSONValue.random(depth: 4, using: &generator)
      #expect(try JSONValue(parsing: value.serialized()) == value)
      #expect(try JSONValue(parsing: value.serialized(indentation: 3)) == value)
      let canonical = try value.canonical()
      #expect(try JSONValue(parsing: canonical).canonical() == canonical)
    }
  }
}

struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}

extension JSONValue {
  static func random(depth: Int, using generator: inout SplitMix) -> JSONValue {
    switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &generator) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &generator))
    case 2:
      return .int(
        Int64.random(in: .min ... .max, using: &generator) >> Int64.random(in: 0..<63, using: &generator))
    case 3: return .double(Double.random(in: -1e9...1e9, using: &generator))
    case 4, 5: return .string(randomText(using: &generator))
    case 6:
      return .array(
        (0..<Int.random(in: 0..<5, using: &generator)).map { _ in random(depth: depth - 1, using: &generator)
        })
    default:
      var members = JSONObject()
      for _ in 0..<Int.random(in: 0..<16, using: &generator) {
        members[randomText(using: &generator)] = random(depth: depth - 1, using: &generator)
      }
      return .object(members)
    }
  }

  private static func randomText(using generator: inout SplitMix) -> String {
    let alphabet: [Unicode.Scalar] = [
      "a", "b", "\"", "\\", "\n", "\u{0}", "é", "\u{301}", "€", "😀", "\u{2028}", "/",
    ]
    var text = ""
    for _ in 0..<Int.random(in: 0..<12, using: &generator) {
      text.unicodeScalars.append(alphabet.randomElement(using: &generator) ?? "a")
    }
    return text
  }
}
