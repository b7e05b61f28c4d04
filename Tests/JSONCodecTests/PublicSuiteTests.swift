import JSONCodec
import TestSupport
import Testing

/// Files named y_ must be accepted, n_ refused; i_ are for the reader to decide, and are only read here for survival.
@Suite struct ParsingSuiteTests {
  static let folder = PublicSuites.folder("json-parsing-nst")

  @Test func everyFileOfTheParsingSuiteIsJudgedAsItsNameSays() throws {
    guard let folder = Self.folder else { return }
    var counts: [Character: Int] = [:]
    for name in PublicSuites.files(in: folder + "/test_parsing") {
      let bytes = try #require(PublicSuites.bytes(of: folder + "/test_parsing/" + name))
      let document = try? JSONDocument(parsing: bytes)
      switch name.first {
      case "y": #expect(document != nil, "\(name)")
      case "n": #expect(document == nil, "\(name)")
      default: break
      }
      counts[name.first ?? "?", default: 0] += 1
    }
    #expect(counts == ["y": 95, "n": 188, "i": 35])
  }

  @Test func numbersOfTheTransformSuiteKeepTheirTextAndNamesStayApart() throws {
    guard let folder = Self.folder else { return }
    func root(_ name: String) throws -> JSONView {
      let bytes = try #require(PublicSuites.bytes(of: folder + "/test_transform/" + name))
      return try JSONDocument(parsing: bytes).root
    }
    #expect(try root("number_-9223372036854775808.json")[0]?.int == .min)
    #expect(try root("number_-9223372036854775809.json")[0]?.int == nil)
    #expect(try root("number_-9223372036854775809.json")[0]?.numberText == "-9223372036854775809")
    #expect(try root("number_10000000000000000999.json")[0]?.numberText == "10000000000000000999")
    #expect(try root("number_1.000000000000000005.json")[0]?.int == nil)
    // Composed and decomposed é are two names.
    #expect(try root("object_key_nfc_nfd.json").value.object?.count == 2)
    #expect(try root("object_key_nfc_nfd.json").document.duplicateKey == nil)
  }
}

@Suite struct CanonicalSuiteTests {
  @Test func everyFileOfTheCanonicalSuiteIsPrintedByteForByte() throws {
    guard let folder = PublicSuites.folder("jcs-rfc8785") else { return }
    let names = PublicSuites.files(in: folder + "/testdata/input")
    #expect(names.count == 6)
    for name in names {
      let input = try #require(PublicSuites.bytes(of: folder + "/testdata/input/" + name))
      let output = try #require(PublicSuites.bytes(of: folder + "/testdata/output/" + name))
      #expect(try JSONValue(parsing: input).canonical() == output, "\(name)")
    }
  }
}
