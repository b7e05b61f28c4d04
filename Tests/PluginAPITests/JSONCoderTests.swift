import Testing

@testable import JackfieldPluginSDK

/// What the coder promises beyond what others of its kind do.
@Suite struct JSONCoderTests {
  struct Filter: Codable { var limit: Int }
  struct Query: Codable {
    var filter: Filter
    var tags: [String]
    var by: [String: Double]?
  }

  @Test(arguments: [
    (#"{"tags":[]}"#, "filter: is missing"),
    (#"{"filter":{},"tags":[]}"#, "filter.limit: is missing"),
    (#"{"filter":{"limit":"3"},"tags":[]}"#, "filter.limit: expected an integer, not a string"),
    (#"{"filter":{"limit":null},"tags":[]}"#, "filter.limit: expected an integer, not null"),
    (#"{"filter":{"limit":1.5},"tags":[]}"#, "filter.limit: 1.5 does not fit Int"),
    (#"{"filter":{"limit":1},"tags":["a",["b"]]}"#, "tags.1: expected a string, not a list"),
    (#"{"filter":{"limit":1},"tags":{}}"#, "tags: expected a list, not an object"),
    (#"{"filter":{"limit":1},"tags":[],"by":{"x":true}}"#, "by.x: expected a number, not a boolean"),
    (#"{"filter":[],"tags":[]}"#, "filter: expected an object, not a list"),
    (#"{"filter""#, "no JSON: it ends too early at byte 9"),
    (#"{"filter":x}"#, "no JSON: expected a value at byte 10"),
    ("{} {}", "no JSON: something follows the value at byte 3"),
    ("\"a\u{1}\"", "no JSON: a control character in a string at byte 2"),
  ])
  func whatDoesNotFitIsNamedWithItsPlace(text: String, message: String) {
    let error = #expect(throws: DecodingError.self) { try JSON.decode(Query.self, from: text) }
    #expect(error.map { JSONCoding.describe($0) } == message)
  }

  @Test func aTextOfTooManyLevelsIsRefusedAndNoStackIsSpent() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(JSONValue(parsing: nested(512)) != nil)
    #expect(JSONValue(parsing: nested(513)) == nil)
    #expect(JSONValue(parsing: String(repeating: "[", count: 1_000_000)) == nil)
    #expect(JSONValue(parsing: String(repeating: #"{"a":"#, count: 100_000)) == nil)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity]) func aNumberThatJSONHasNoTextForIsRefused(
    value: Double
  ) {
    struct Output: Codable { var values: [String: [Double]] }
    let error = #expect(throws: EncodingError.self) {
      try JSON.text(of: Output(values: ["a": [1, value]]))
    }
    guard case .invalidValue(_, let context) = error else { return }
    #expect(context.codingPath.map(\.stringValue) == ["values", "a", "1"])
    #expect(JSONValue.number(value).json == "null")
  }

  @Test func aMemberThatCouldNotBeEncodedLeavesNothingBehind() throws {
    struct Lenient: Encodable {
      enum Key: CodingKey { case a, b, c }
      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(1, forKey: .a)
        try? container.encode(["x": ["y": Double.nan]], forKey: .b)
        try container.encode([2], forKey: .c)
      }
    }
    #expect(try JSON.text(of: Lenient()) == #"{"a":1,"c":[2]}"#)
  }

  @Test func dictionariesAreSortedAndOtherMembersKeepTheirOrder() throws {
    struct Output: Codable {
      var zebra = 1
      var apple: [String: [String: Int]] = ["b": ["z": 1, "a": 2], "a": [:], "ab": [:], "a!": ["k": 3]]
    }
    #expect(
      try JSON.text(of: Output())
        == #"{"zebra":1,"apple":{"a":{},"a!":{"k":3},"ab":{},"b":{"a":2,"z":1}}}"#)
    #expect(JSONValue.object(["b": 1, "a": [2.5, nil, true]]).json == #"{"a":[2.5,null,true],"b":1}"#)
  }

  @Test func textIsEscapedWhereItMustBeAndWhereOtherReadersWouldBreakTheLine() throws {
    let text = "\u{2028}\u{2029}\u{2027} \"\\/\u{8}\u{c}\n\r\t\u{1}é😀"
    #expect(
      try JSON.text(of: text) == #""\u2028\u2029"# + "\u{2027}" + #" \"\\/\b\f\n\r\t\u0001é😀""#)
  }

  @Test func numbersAreTheShortestTextsThatReadBack() throws {
    let numbers: [Double] = [0.1, 168, -0.0, 1e21, Double.leastNonzeroMagnitude, 123456.789, -2.5, 1e15]
    #expect(try JSON.text(of: numbers) == "[0.1,168,-0,1e+21,5e-324,123456.789,-2.5,1000000000000000]")
    #expect(try JSON.text(of: [Float(0.1)]) == "[0.1]")
    #expect(try JSON.text(of: [UInt64.max]) == "[18446744073709551615]")
    #expect(try JSON.text(of: [Int64.min]) == "[-9223372036854775808]")
    #expect(try JSON.text(of: [UInt128.max]) == "[340282366920938463463374607431768211455]")
    #expect(try JSON.decode([UInt128].self, from: "[340282366920938463463374607431768211455]") == [.max])
  }

  @Test func integersAreExactWhateverTheirNotation() throws {
    #expect(
      try JSON.decode([Int].self, from: "[1e18, 9007199254740993.0, -120e-1]") == [
        1_000_000_000_000_000_000, 9_007_199_254_740_993, -12,
      ])
    for text in ["[1.0000000000000001]", "[1e19]", "[1e-1]", "[1e999999999999999999999]"] {
      #expect(throws: DecodingError.self) { try JSON.decode([Int].self, from: text) }
    }
  }

  @Test func membersAreFoundInAnyOrderAndAmongMany() throws {
    struct Wide: Decodable { var z: Int, a: Int, missing: Int?, m: Int }
    let many = (0..<500).map { #""k\#($0)":\#($0)"# }.joined(separator: ",")
    for text in [
      #"{"a":1,"m":2,"z":3}"#, #"{"z":3,"a":1,"m":2}"#,
      #"{"m":2,"\#u{007a}":3,"a":1}"#.replacing(#"\#u{007a}"#, with: "z"),
      #"{\#(many),"m":2,"z":3,"a":1}"#, #"{"m":2,\#(many),"z":3,"\u0061":1}"#,
    ] {
      let wide = try JSON.decode(Wide.self, from: text)
      #expect(wide.z == 3 && wide.a == 1 && wide.m == 2 && wide.missing == nil)
    }
    #expect(try JSON.decode([String: Int].self, from: "{\(many)}").count == 500)
  }

  @Test func aDecoderThatIsKeptStillReads() throws {
    struct Lazily: Decodable {
      let decoder: any Decoder
      init(from decoder: any Decoder) { self.decoder = decoder }
    }
    let kept = try JSON.decode([String: Lazily].self, from: #"{"later":[1,2,"three"]}"#)["later"]
    var list = try #require(kept).decoder.unkeyedContainer()
    #expect(try list.decode(Int.self) == 1)
    #expect(list.codingPath.map(\.stringValue) == ["later"])
  }

  @Test func anEncoderThatIsMisusedThrowsAndDoesNotTrap() throws {
    struct Twice: Encodable {
      func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(1)
        try container.encode(2)
      }
    }
    struct ListAndObject: Encodable {
      enum Key: CodingKey { case a }
      func encode(to encoder: any Encoder) throws {
        var list = encoder.unkeyedContainer()
        try list.encode(1)
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(1, forKey: .a)
      }
    }
    #expect(throws: EncodingError.self) { try JSON.text(of: Twice()) }
    #expect(throws: EncodingError.self) { try JSON.text(of: [ListAndObject()]) }
  }
}
