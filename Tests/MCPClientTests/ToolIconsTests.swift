import JSONCodec
import TestSupport
import Testing

@testable import MCPClient

/// A server's icons are fetched by whoever shows them.
struct ToolIconsTests {
  @Test(arguments: [
    // As they are.
    (
      #"[{"src":"https://a.example/i.png","mimeType":"image/png","sizes":["48x48"],"theme":"dark"}]"#,
      #"[{"src":"https://a.example/i.png","mimeType":"image/png","sizes":["48x48"],"theme":"dark"}]"#
    ),
    (#"[{"src":"data:image/png;base64,AA=="}]"#, #"[{"src":"data:image/png;base64,AA=="}]"#),
    // What is no part of an icon is left out; what cannot be shown takes its icon with it.
    (
      #"[{"src":"https://a.example/i.png","theme":"neon","sizes":[1],"onload":"x"},{"src":"http://a.example/i.png"}]"#,
      #"[{"src":"https://a.example/i.png","sizes":[]}]"#
    ),
    (#"[{"src":"javascript:alert(1)"},{"src":"data:text/html,x"},{"src":"file:///etc/passwd"},7]"#, "null"),
    ("[]", "null"), (#"{"src":"https://a.example/i.png"}"#, "null"), ("null", "null"),
  ])
  func onlyWhatCanBeShownIsPassedOn(given: String, passedOn: String) throws {
    let expected = try JSONValue(parsing: passedOn)
    #expect(ToolIcons(try JSONValue(parsing: given))?.json ?? .null == expected)
  }

  @Test func moreThanEightAreTooManyAndALongOneIsTooLong() throws {
    let many = Array(repeating: #"{"src":"https://a.example/i.png"}"#, count: 9).joined(separator: ",")
    #expect(ToolIcons(try JSONValue(parsing: "[\(many)]"))?.json.array?.count == 8)
    let long = "data:image/png;base64," + String(repeating: "A", count: 65_536)
    #expect(ToolIcons([["src": .string(long)]]) == nil)
  }

  @Test func otherIconsAreNoReasonToWithholdATool() throws {
    let base = #"{"name":"a","inputSchema":{"type":"object"}"#
    let (without, with) = (base + "}", base + #","icons":[{"src":"https://a.example/i.png"}]}"#)
    let tools = try [without, with].map { OfferedTool(try JSONValue(parsing: $0)) }
    #expect(tools[0]?.digest == tools[1]?.digest)
    #expect(tools[1]?.icons != nil)
  }
}
