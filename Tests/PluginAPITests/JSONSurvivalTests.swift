import Foundation
import TestSupport
import Testing

@testable import JackfieldPluginSDK

/// Texts that nobody would write.
@Suite struct JSONSurvivalTests {
  private func tape(_ bytes: [UInt8]) -> JSONTape? {
    bytes.withUnsafeBytes { try? JSONTape(parsing: $0) }
  }

  @Test func everyFileOfTheParsingSuiteIsJudgedAsItsNameSays() throws {
    guard let folder = PublicSuites.folder("json-parsing-nst") else { return }
    var judged = 0
    for name in PublicSuites.files(in: folder + "/test_parsing") {
      let tape = tape(try #require(PublicSuites.bytes(of: folder + "/test_parsing/" + name)))
      switch name.first {
      case "y": #expect(tape != nil, "\(name)")
      case "n": #expect(tape == nil, "\(name)")
      default: continue
      }
      judged += 1
    }
    #expect(judged == 95 + 188)
  }

  /// Bytes replaced, added, removed and cut off. What is still JSON is JSON for Foundation as well, which reads more.
  @Test func mutationsOfValidTextsAreReadOrRefusedAndNeverFatal() throws {
    var random = SeededGenerator(seed: 20)
    var accepted = 0
    let texts = try (0..<200).map { _ in Array(try JSON.text(of: random.nested()).utf8) }
    for round in 0..<20_000 {
      var bytes = texts[round % texts.count]
      for _ in 0..<Int.random(in: 1...3, using: &random) { mutate(&bytes, &random) }
      let read = bytes.withUnsafeBytes { try? JSONCoding.arguments(JSONSamples.Nested.self, from: $0) }
      if read != nil { accepted += 1 }
      guard let tape = tape(bytes) else { continue }
      _ = try? tape.decode([String: JSONSamples.Scalars].self)
      guard let value = try? tape.decodeValue(0) else { continue }
      #expect(JSONValue(parsing: value.json) != nil)
      if round % 20 == 0 { #expect(throws: Never.self) { try foundation(bytes) } }
    }
    // Most mutations of texts and numbers leave a value behind: the test reads more than errors.
    #expect(accepted > 1000)
  }

  private func foundation(_ bytes: [UInt8]) throws -> JSONValue {
    try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
  }

  private func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
    guard !bytes.isEmpty else { return }
    let place = Int.random(in: 0..<bytes.count, using: &random)
    let likely = Array(#""\{}[],:0123456789eE+-.tfnu "#.utf8)
    switch Int.random(in: 0...4, using: &random) {
    case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
    case 1: bytes[place] = likely.randomElement(using: &random) ?? 0
    case 2: bytes.remove(at: place)
    case 3: bytes.insert(likely.randomElement(using: &random) ?? 0, at: place)
    default: bytes.removeLast(bytes.count - place)
    }
  }
}
