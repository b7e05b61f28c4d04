import JSONCodec
import TestSupport
import PluginFixtures
import Testing
import ToolContracts

@testable import PluginFiles

@Suite(.leavesNothingBehind) struct SealedDescriptorTests {
  private static let full = """
    {"abi":1,"id":"calc","version":"1.0.0-rc.1","services":["jf.config/1"],"secrets":["API_KEY"],
     "configSchema":{"type":"object"},"madeBy":"a newer tool","functions":[
      {"name":"evaluate","kind":"tool","title":"Calculator","description":"Evaluates.",
       "inputSchema":{"type":"object","required":["expression"]},"outputSchema":{"type":"object"},
       "annotations":{"readOnlyHint":true},"effect":"none","mayPend":true,"serial":true,
       "limits":{"timeoutMs":1000,"maxResultBytes":65536,"ratePerMinute":600,"concurrency":8}},
      {"name":"dream","kind":"hologram"},
      {"name":"turn","kind":"chat","description":"Talks."}]}
    """

  private func parse(_ text: String) throws(PluginFailure) -> SealedDescriptor {
    try SealedDescriptor(parsing: Array(text.utf8)[...])
  }

  @Test func everyFieldArrives() throws {
    let descriptor = try parse(Self.full).descriptor
    #expect(descriptor.id == "calc" && descriptor.version == "1.0.0-rc.1")
    #expect(descriptor.services == ["jf.config/1"] && descriptor.secrets == ["API_KEY"])
    #expect(descriptor.configSchema == ["type": "object"])
    let tool = try #require(descriptor.functions.first)
    #expect(tool.name == "evaluate" && tool.kind == .tool && tool.title == "Calculator")
    #expect(tool.description == "Evaluates." && tool.effect == .none && tool.mayPend && tool.isSerial)
    #expect(tool.inputSchema["required"] == ["expression"] && tool.outputSchema == ["type": "object"])
    #expect(tool.annotations == ["readOnlyHint": true])
    #expect(
      tool.limits
        == LimitHints(timeoutMilliseconds: 1000, maxResultBytes: 65536, ratePerMinute: 600, concurrency: 8))
  }

  @Test func whatIsNotSaidIsTheCautiousDefault() throws {
    let text =
      #"{"abi":1,"id":"a","version":"1","functions":[{"name":"b","description":"c","inputSchema":{"type":"object"}}]}"#
    let tool = try #require(try parse(text).descriptor.functions.first)
    #expect(tool.kind == .tool && tool.effect == .nonIdempotent && !tool.mayPend && !tool.isSerial)
    #expect(tool.limits == LimitHints())
  }

  @Test func aFunctionOfAKindFromTheFutureIsNotOfferedAndKeepsItsNumber() throws {
    let sealed = try parse(Self.full)
    #expect(sealed.descriptor.functions.map(\.name) == ["evaluate", "turn"])
    #expect(sealed.tableIndices == [0, 2])
  }

  @Test(arguments: [
    (#""abi":1"#, #""abi":"1""#, "/abi"),
    (#""id":"calc""#, #""id":"Calc""#, "/id"),
    (#""id":"calc""#, #""name":"calc""#, "/id"),
    (#""1.0.0-rc.1""#, #""""#, "/version"),
    (#""name":"evaluate""#, #""name":"evaluate.it""#, "/functions/0/name"),
    (#""name":"turn""#, #""name":"evaluate""#, "/functions/2/name"),
    (#""kind":"tool""#, #""kind":7"#, "/functions/0/kind"),
    (#""description":"Evaluates.""#, #""description":"""#, "/functions/0/description"),
    (#""inputSchema":{"type":"object","required":["expression"]},"#, "", "/functions/0/inputSchema"),
    (#""outputSchema":{"type":"object"}"#, #""outputSchema":true"#, "/functions/0/outputSchema"),
    (#""effect":"none""#, #""effect":"harmless""#, "/functions/0/effect"),
    (#""mayPend":true"#, #""mayPend":1"#, "/functions/0/mayPend"),
    (#""annotations":{"readOnlyHint":true}"#, #""annotations":[]"#, "/functions/0/annotations"),
    (#""timeoutMs":1000"#, #""timeoutMs":0"#, "/functions/0/limits/timeoutMs"),
    (#""concurrency":8"#, #""concurrency":1.5"#, "/functions/0/limits/concurrency"),
    (#""services":["jf.config/1"]"#, #""services":["a","a"]"#, "/services/1"),
    (#""secrets":["API_KEY"]"#, #""secrets":[null]"#, "/secrets/0"),
    (#""description":"Talks.""#, #""description":"Talks.","inputSchema":{}"#, "/functions/2/inputSchema"),
    (#","description":"Talks.""#, "", "/functions/2/description"),
    (#""configSchema":{"type":"object"}"#, #""configSchema":{}"#, "/configSchema"),
  ]) func anErrorPointsAtItsPlace(original: String, replacement: String, pointer: String) throws {
    try #require(Self.full.contains(original))
    let failure = #expect(throws: PluginFailure.self) {
      try parse(Self.full.replacing(original, with: replacement))
    }
    #expect(failure?.code == .descriptorInvalid)
    #expect(failure?.message.contains("at \(pointer), expected ") == true, "\(failure?.message ?? "")")
  }

  @Test(arguments: ["[]", "7", "{}", #"{"abi":1}"#, #"{"abi":1,"id":"a","version":"1","functions":[]}"#])
  func whatIsNoDescriptorAtAllIsRefused(text: String) {
    #expect(throws: PluginFailure.self) { try parse(text) }
  }
}
