import Foundation
import JackfieldPluginSDK
import Testing

/// Foundation's coders with their default settings are what `Codable` types are written for.
@Suite struct JSONDifferentialTests {
  private func foundation<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
    try JSONDecoder().decode(type, from: Data(text.utf8))
  }

  private func foundation(_ value: some Encodable) throws -> String {
    String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
  }

  /// Each reads what the other wrote.
  private func expectAgreement<T: Codable & Equatable>(_ value: T) throws {
    let ours = try JSON.text(of: value)
    let theirs = try foundation(value)
    #expect(try foundation(T.self, ours) == value, "\(ours)")
    #expect(try JSON.decode(T.self, from: theirs) == value, "\(theirs)")
    #expect(try JSON.decode(T.self, from: ours) == value, "\(ours)")
    // The same members, whatever their order.
    #expect(try foundation(JSONValue.self, ours) == foundation(JSONValue.self, theirs))
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func valuesOfEveryShapeGoThroughEitherCoder(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    try expectAgreement(random.scalars())
    try expectAgreement(random.nested())
    try expectAgreement(
      JSONSamples.ByHand(left: [1, Int(seed)], right: [random.text(), random.text()], mixed: random.text()))
    try expectAgreement([random.text(): [random.double()]])
    try expectAgreement(random.value(depth: 4))
    try expectAgreement([random.double(), random.double(), random.double()])
  }

  @Test func aSuperclassIsCodedUnderSuper() throws {
    let dog = JSONSamples.Dog(name: "Rex", tricks: ["sit"])
    let text = try JSON.text(of: dog)
    #expect(text == #"{"super":{"name":"Rex"},"tricks":["sit"]}"#)
    for decoded in [
      try JSON.decode(JSONSamples.Dog.self, from: foundation(dog)),
      try foundation(JSONSamples.Dog.self, text),
    ] { #expect(decoded.name == "Rex" && decoded.tricks == ["sit"]) }
  }

  /// JSON, all of it. Foundation reads some texts that are none, and refuses what is nearer to 0 than any double.
  private static let texts = [
    "0", "-0", "1", "-1", "127", "128", "-128", "-129", "255", "256", "1.0", "1e2", "1.5", "100e-2", "1e400",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
    "18446744073709551615", "18446744073709551616", "9007199254740993", "0.1", "123456789.123456789",
    "3.4028236e38", "1e39", "true", "false", "\"1\"", "\"\"", "[]", "[1]", "[null]", "[[]]", "{}",
    #"{"a":1}"#, #"{"a":null}"#, #"{"a":1,"a":2}"#, #"{"\u0061":3}"#, #"["red"]"#, #""red""#, #""RED""#,
    #"{"a":[1,2]}"#, #"{"circle":{"radius":1}}"#, #"{"point":{}}"#,
    #"{"square":{}}"#,
  ]

  private func compare<T: Decodable & Equatable>(_ type: T.Type, _ text: String) {
    let ours = Result { try JSON.decode(type, from: text) }
    let theirs = Result { try foundation(type, text) }
    switch (ours, theirs) {
    case (.success(let ours), .success(let theirs)): #expect(ours == theirs, "\(text) as \(type)")
    case (.failure(let ours), .failure(let theirs)):
      #expect(kind(of: ours) == kind(of: theirs), "\(text) as \(type): \(ours) and \(theirs)")
    default: Issue.record("\(text) as \(type): \(ours) and \(theirs)")
    }
  }

  private func kind(of error: any Error) -> String {
    func path(_ context: DecodingError.Context) -> String {
      context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }
    return switch error as? DecodingError {
    case .keyNotFound(let key, let context): "missing \(key.stringValue) at \(path(context))"
    case .valueNotFound(_, let context): "no value at \(path(context))"
    case .typeMismatch(_, let context): "mismatch at \(path(context))"
    case .dataCorrupted(let context): "corrupted at \(path(context))"
    default: "\(error)"
    }
  }

  struct Member: Codable, Equatable { var a: Int }
  struct OptionalMember: Codable, Equatable { var a: Int? }
  struct Keys: Codable, Equatable {
    var names: [String]
    var isNull: Bool?
    private enum Key: CodingKey { case a }
    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      names = container.allKeys.map(\.stringValue)
      isNull = try container.decodeNil(forKey: .a)
    }
  }

  @Test(arguments: texts) func bothAcceptTheSameTextsForTheSameTypes(text: String) {
    compare(Int.self, text)
    compare(Int8.self, text)
    compare(UInt8.self, text)
    compare(UInt64.self, text)
    compare(Double.self, text)
    compare(Float.self, text)
    compare(Bool.self, text)
    compare(String.self, text)
    compare(Int?.self, text)
    compare([Int].self, text)
    compare([Int?].self, text)
    compare([[Int]].self, text)
    compare([String: Int].self, text)
    compare([String: [Int]].self, text)
    compare(Member.self, text)
    compare(OptionalMember.self, text)
    compare(Keys.self, text)
    compare(JSONSamples.Color.self, text)
    compare([JSONSamples.Color].self, text)
    compare(JSONSamples.Shape.self, text)
  }

  @Test(arguments: [
    "", " ", "[1,]", "{", "tru", "01", "+1", ".5", "1.", "NaN", "Infinity", "'a'", #""\x""#, #""\ud800""#,
    #""\udc00\udc00""#,
    "[1]]",
    #"{"a":1,}"#, "// a\n1", "[1 2]", "\u{FEFF}1",
  ])
  func whatIsNoJSONIsRefusedWhateverIsAskedFor(text: String) {
    for type in [Int.self, String.self, [Int].self, Member.self, JSONValue.self] as [any Decodable.Type] {
      #expect(throws: DecodingError.self, "\(type)") { try JSON.decode(type, from: text) }
    }
  }

  @Test func ofSeveralMembersWithOneNameTheFirstIsReadInWhateverOrder() throws {
    struct Two: Codable, Equatable { var b: Int, a: Int }
    let text = #"{"a":1,"b":0,"a":2}"#
    #expect(try JSON.decode(Two.self, from: text) == foundation(Two.self, text))
    #expect(try JSON.decode(Member.self, from: text) == foundation(Member.self, text))
    #expect(try JSON.decode([String: Int].self, from: text) == foundation([String: Int].self, text))
    #expect(try JSON.decode(JSONValue.self, from: text) == foundation(JSONValue.self, text))
  }

  @Test func nullAndWhatIsNearestToNothingAreRead() throws {
    #expect(try JSON.decode(Double.self, from: "1e-400") == 0)
    #expect(try JSON.decode(Int?.self, from: "null") == nil)
    #expect(throws: DecodingError.self) { try JSON.decode([String: Int].self, from: "null") }
    let twoCases = #"{"point":{},"square":{"_0":1}}"#
    #expect(throws: DecodingError.self) { try JSON.decode(JSONSamples.Shape.self, from: twoCases) }
  }
}
