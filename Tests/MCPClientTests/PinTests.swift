import Glibc
import JSONCodec
import TestSupport
import Testing
import ToolContracts

@testable import MCPClient

private func tool(_ text: String) -> OfferedTool {
  guard let value = try? JSONValue(parsing: text), let tool = OfferedTool(value) else {
    preconditionFailure("no tool: \(text)")
  }
  return tool
}

private func named(_ name: String, _ description: String = "d") -> OfferedTool {
  tool(#"{"name":"\#(name)","description":"\#(description)","inputSchema":{"type":"object"}}"#)
}

private let acme = TenantID("acme").unsafelyUnwrapped
private let globex = TenantID("globex").unsafelyUnwrapped

struct DigestTests {
  private static let base =
    #"{"name":"a","title":"t","description":"d","inputSchema":{"type":"object"},"outputSchema":{"type":"object"},"annotations":{"readOnlyHint":true}}"#

  @Test func theDigestIsThatOfTheCanonicalText() {
    // Written by hand: printf '%s' '{"description":"d","inputSchema":{"type":"object"},"name":"a"}' | sha256sum
    #expect(
      named("a").digest == "sha256:38946fac1e4488e2b202262ab109b4a9d3334b95a8c556592567243c9e8b679c")
  }

  @Test func orderAndWhiteSpaceDoNotMatter() {
    let other = tool(
      #"{ "annotations": {"readOnlyHint": true}, "inputSchema":{"type" : "object"}, "outputSchema":{"type":"object"}, "description":"\u0064","title":"t", "name":"a", "icons": []}"#
    )
    #expect(tool(Self.base).digest == other.digest)
  }

  @Test(arguments: [
    (#""name":"a""#, #""name":"b""#), (#""title":"t""#, #""title":"u""#),
    (#""description":"d""#, #""description":"D""#), (#""inputSchema":{"#, #""inputSchema":{"x":1,"#),
    (#""outputSchema":{"#, #""outputSchema":{"x":1,"#), (#"Hint":true"#, #"Hint":false"#),
    (#""title":"t","#, ""), (#","annotations":{"readOnlyHint":true}"#, ""),
  ])
  func everyPartMatters(old: String, new: String) {
    #expect(tool(Self.base).digest != tool(Self.base.replacing(old, with: new)).digest)
  }
}

struct ToolReviewTests {
  @Test func whatIsNewAtAKnownServerAndWhatChangedIsWithheld() {
    let review = ToolReview(
      [named("same"), named("changed", "evil"), named("renamed")], of: "s",
      pins: [named("same"), named("changed"), named("old")])
    #expect(review.usable.map(\.name.description) == ["s.same"])
    #expect(review.withheld.map(\.name.description) == ["s.changed", "s.renamed"])
    #expect(review.withheld.map(\.reason) == [.changed, .new])
  }

  @Test func atANewServerNothingIsWithheld() {
    let review = ToolReview([named("a"), named("b")], of: "s", pins: nil)
    #expect(review.usable.count == 2 && review.withheld.isEmpty && review.problems.isEmpty)
  }

  @Test func namesThatMeetAreNeitherOfThemUsed() {
    let review = ToolReview([named("a.b"), named("A/B"), named("c")], of: "s", pins: nil)
    #expect(review.usable.map(\.name.description) == ["s.c"])
    #expect(review.problems.count == 2)
  }

  @Test func aSchemaThatCannotBeUsedTakesOnlyItsOwnToolWithIt() {
    let bad = tool(#"{"name":"bad","inputSchema":{"type":"objekt"}}"#)
    let review = ToolReview([bad, named("good")], of: "s", pins: nil)
    #expect(review.usable.map(\.name.description) == ["s.good"])
    #expect(review.problems.count == 1)
  }
}

struct FunctionNameTests {
  @Test(arguments: [
    ("echo", "echo"), ("Mixed.Case/Name", "mixed_case_name"), ("_private", "t_private"),
    ("ünïcode", "t_n_code"),
    ("a-b_c", "a-b_c"),
  ])
  func aNameIsMappedAlwaysTheSame(name: String, mapped: String) {
    #expect(FunctionName.of(name, server: "s").map { String($0.function) } == mapped)
  }

  @Test func longNamesStayApart() {
    let names = (0..<3).map { String(repeating: "x", count: 100) + String($0) }
    let mapped = Set(names.compactMap { FunctionName.of($0, server: "server") })
    #expect(mapped.count == 3)
    #expect(mapped.allSatisfy { $0.function.utf8.count == 48 })
    #expect(
      FunctionName.of(names[0], server: String(repeating: "s", count: 32))?.description.utf8.count == 64)
  }
}

struct PinStoreTests {
  private let folder = TemporaryFolder()
  private var store: PinStore { PinStore(root: "\(folder.path)/pins") }

  @Test func whatWasPinnedIsReadBackForThatTenantAndServerAlone() throws {
    #expect(try store.pins(of: "s", for: acme) == nil)
    #expect(try store.create([named("b"), named("a")], of: "s", for: acme))
    #expect(try store.pins(of: "s", for: acme)?.map(\.name) == ["a", "b"])
    #expect(try store.pins(of: "s", for: globex) == nil)
    #expect(try store.pins(of: "t", for: acme) == nil)
  }

  @Test func onlyTheFirstIsFirst() throws {
    #expect(try store.create([named("a")], of: "s", for: acme))
    #expect(try !store.create([named("b")], of: "s", for: acme))
    #expect(try store.pins(of: "s", for: acme)?.map(\.name) == ["a"])
    try store.replace([named("c")], of: "s", for: acme)
    #expect(try store.pins(of: "s", for: acme)?.map(\.name) == ["c"])
    #expect(PublicSuites.files(in: "\(folder.path)/pins/acme", suffix: "") == [".", "..", "s.json"])
  }

  @Test(arguments: [
    "", "{", "[]", "{}", #"{"version":2,"tools":[]}"#, #"{"version":1,"tools":[{}]}"#,
    #"{"version":1,"tools":[],"tools":[]}"#,
    #"{"version":1,"tools":[{"digest":"sha256:0","tool":{"name":"a","inputSchema":{}}}]}"#,
  ])
  func aStoreThatCannotBeReadDenies(text: String) throws {
    _ = try store.create([named("a")], of: "s", for: acme)
    folder.write(text, to: "pins/acme/s.json")
    #expect(throws: PinFailure.self) { try store.pins(of: "s", for: acme) }
  }

  @Test func aFileThatOthersMayWriteDenies() throws {
    _ = try store.create([named("a")], of: "s", for: acme)
    let path = "\(folder.path)/pins/acme/s.json"
    chmod(path, 0o666)
    #expect(throws: PinFailure.self) { try store.pins(of: "s", for: acme) }
    unlink(path)
    symlink("/dev/null", path)
    #expect(throws: PinFailure.self) { try store.pins(of: "s", for: acme) }
  }
}

struct DescriptionDifferenceTests {
  @Test func showsWhatChangedAndALittleAround() {
    let old = tool(#"{"name":"a","description":"good","inputSchema":{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6}}"#)
    let new = tool(#"{"name":"a","description":"evil","inputSchema":{"a":1,"b":2,"c":3,"d":4,"e":5,"f":7}}"#)
    #expect(
      DescriptionDifference(from: old, to: new).lines == [
        "  {", #"    "name": "a","#, #"-   "description": "good","#, #"+   "description": "evil","#,
        #"    "inputSchema": {"#, #"      "a": 1,"#, "  …", #"      "d": 4,"#, #"      "e": 5,"#,
        #"-     "f": 6"#,
        #"+     "f": 7"#, "    }", "  }",
      ])
  }

  @Test func aNewToolIsAllNew() {
    #expect(DescriptionDifference(from: nil, to: named("a")).lines.allSatisfy { $0.hasPrefix("+ ") })
    #expect(DescriptionDifference(from: named("a"), to: named("a")).lines == [])
  }
}

struct RestartBackoffTests {
  @Test func everyFailureDoublesThePauseUpToAMinuteAndARealRunEndsThat() {
    var backoff = RestartBackoff()
    let delays = (0..<9).map { _ in backoff.delay(afterUptime: 29_000_000_000) / 100_000_000 }
    #expect(delays == [5, 10, 20, 40, 80, 160, 320, 600, 600])
    #expect(backoff.delay(afterUptime: 30_000_000_000) == 500_000_000)
    #expect(backoff.delay(afterUptime: 0) == 1_000_000_000)
  }
}

struct EffectTests {
  @Test(arguments: [
    ("", Effect.nonIdempotent), (#","annotations":{"readOnlyHint":true}"#, .none),
    (#","annotations":{"idempotentHint":true}"#, .idempotent),
    (#","annotations":{"readOnlyHint":"yes"}"#, .nonIdempotent), (#","annotations":null"#, .nonIdempotent),
  ])
  func hintsAreClaimsOfAnEffect(annotations: String, effect: Effect) throws {
    let offered = tool(#"{"name":"a","inputSchema":{}\#(annotations)}"#)
    let name = try #require(FunctionName.of("a", server: "s"))
    #expect(FunctionDescriptor(offered, name: name).effect == effect)
  }
}
