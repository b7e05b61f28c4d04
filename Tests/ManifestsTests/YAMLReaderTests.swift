import JSONCodec
import Testing

@testable import Manifests

struct YAMLReaderTests {
  private func json(_ text: String) throws -> String {
    try YAMLReader.read(Array(text.utf8), file: "f").json.text
  }
  private func fault(_ text: String) -> String {
    do {
      return "accepted: \(try json(text))"
    } catch let faults as ManifestErrors {
      return faults.errors.map { "\($0.line):\($0.column) \($0.code.rawValue)" }.joined(separator: ", ")
    } catch { return "\(error)" }
  }

  @Test(arguments: [
    ("no", #""no""#), ("on", #""on""#), ("Yes", #""Yes""#), ("'true'", #""true""#), (#""12""#, #""12""#),
    ("true", "true"), ("False", "false"), ("~", "null"), ("null", "null"), ("12", "12"), ("-0", "-0"),
    ("+7", "7"),
    ("007", "7"), ("0o17", "15"), ("0xFF", "255"), ("0x-1", #""0x-1""#), ("1.5", "1.5"), (".5", "0.5"),
    ("1.", "1"),
    ("1e3", "1e3"), ("1_000", #""1_000""#), ("12:30", #""12:30""#), ("2026-01-30", #""2026-01-30""#),
    ("1.2.3", #""1.2.3""#), ("-", "[null]"), ("5s", #""5s""#), (".", #"".""#), ("1e", #""1e""#),
    ("٣", #""٣""#),
    ("123456789012345678901234567890", "123456789012345678901234567890"),
  ])
  func scalarsMeanWhatTheCoreSchemaOfYAML12Says(text: String, meaning: String) throws {
    #expect(try json(text) == meaning)
  }

  @Test func blocksAndFlowsAndJSONGiveTheSameTree() throws {
    let block = "a:\n  - b: 1\n    c: [x, \"y\"]\n  - |\n    two\n    lines\n"
    #expect(try json(block) == #"{"a":[{"b":1,"c":["x","y"]},"two\nlines\n"]}"#)
    #expect(try json(json(block)) == json(block))
  }

  @Test(arguments: [
    ("a: &x 1\nb: 2", "1:4 unsupported_yaml"),
    ("a: 1\nb: *a", "2:4 unsupported_yaml"),
    ("a: !!str 1", "1:4 unsupported_yaml"),
    ("a: !x {b: 1}", "1:4 unsupported_yaml"),
    ("&k a: 1", "1:1 unsupported_yaml"),
    ("<<: {a: 1}", "1:1 unsupported_yaml"),
    ("a: 1\n---\nb: 2", "2:1 unsupported_yaml"),
    ("a: .inf\nb: -.inf\nc: .nan", "1:4 unsupported_yaml, 2:4 unsupported_yaml, 3:4 unsupported_yaml"),
    ("? [a]\n: 1", "1:3 unsupported_yaml"),
    ("a: 1\nb: 2\na: 3\n", "3:1 duplicate_key"),
    ("a: {b: 1, b: 2}\na: 3", "1:11 duplicate_key, 2:1 duplicate_key"),
    ("a: [1, 2\nb: 3", "2:2 syntax_error"),
    ("a: \"open", "1:9 syntax_error"),
    ("a:\n\t- b", "2:1 syntax_error"),
    ("a: b: c", "1:5 syntax_error"),
    ("a: 1\nb: ü\u{1}", "2:5 syntax_error"),
    ("a: 1\nb: [", "3:1 syntax_error"),
    ("", "1:1 syntax_error"),
    ("# only a comment\n", "2:1 syntax_error"),
  ])
  func whatCouldBeReadInTwoWaysIsRefusedWhereItStands(text: String, expected: String) {
    #expect(fault(text) == expected)
  }

  @Test func whatWasNeverClosedIsNamedWithItsBeginning() {
    do throws(ManifestErrors) {
      _ = try YAMLReader.read(Array("a: 1\nb: [1\n".utf8), file: "f")
      Issue.record("accepted")
    } catch { #expect(error.errors[0].message.contains("line 2, column 4")) }
  }

  @Test func aQuotedMergeKeyIsAnOrdinaryKey() throws {
    #expect(try json("'<<': 1") == #"{"<<":1}"#)
  }

  @Test func bytesThatAreNotUTF8AreRefusedWhereTheyStand() {
    do throws(ManifestErrors) {
      _ = try YAMLReader.read(Array("a: 1\nb: x".utf8) + [0xff, 0x0a], file: "f")
      Issue.record("accepted")
    } catch { #expect(error.errors.map { "\($0.line):\($0.column)" } == ["2:5"]) }
  }

  @Test(arguments: ["[", "- ", "{a: "])
  func endlessNestingIsRefusedBeforeItHurts(opening: String) {
    let text = String(repeating: opening, count: 100_000)
    #expect(fault(text).hasSuffix("too_large"))
  }

  @Test func everyNodeKnowsItsPlace() throws {
    let root = try YAMLReader.read(Array("a:\n  - b: 1\n    c: x\n  - y\n".utf8), file: "f")
    func place(_ pointer: String) throws -> [Int] {
      let (line, column) = root.position(of: try JSONPointer(parsing: pointer))
      return [line, column]
    }
    #expect(try place("") == [1, 1])
    #expect(try place("/a") == [1, 1])
    #expect(try place("/a/0") == [2, 5])
    #expect(try place("/a/0/c") == [3, 5])
    #expect(try place("/a/1") == [4, 5])
    #expect(try place("/a/0/missing") == [2, 5])
    #expect(try place("/a/7/x") == [1, 1])
  }
}

struct JSONManifestTests {
  @Test func aManifestInJSONKnowsThePlacesOfItsKeys() throws {
    let text = "{\n  \"a\\\"é\": {\"b\"  :\n [10, \"x\"]},\"c\":{}}"
    let root = try JSONManifest.read(Array(text.utf8), file: "f.json")
    func place(_ tokens: String...) -> [Int] {
      let (line, column) = root.position(of: JSONPointer(tokens))
      return [line, column]
    }
    #expect(place("a\"é") == [2, 3])
    #expect(place("a\"é", "b") == [2, 12])
    #expect(place("a\"é", "b", "1") == [3, 7])
    #expect(place("c") == [3, 13])
    #expect(root.json["a\"é"]?["b"]?[0]?.int == 10)
  }

  @Test(arguments: [
    ("{\"a\":1,\"a\":2}", ManifestError.Code.duplicateKey), ("{\"a\":}", .syntax), ("", .syntax),
    ("{} {}", .syntax),
    (String(repeating: "[", count: 100), .tooLarge),
  ])
  func jsonIsReadStrictly(text: String, code: ManifestError.Code) {
    do throws(ManifestErrors) {
      _ = try JSONManifest.read(Array(text.utf8), file: "f.json")
      Issue.record("accepted")
    } catch { #expect(error.errors.map(\.code) == [code]) }
  }
}
