import Docs
import Testing

struct MarkdownSectionTests {
  private func sections(_ text: String) -> [String] {
    MarkdownSection.sections(of: text).map {
      "\($0.line) [\($0.heading)] \($0.text.split(separator: "\n")[0])"
    }
  }

  @Test func aSectionBeginsAtItsHeadingAndKnowsTheHeadingsAboveIt() {
    let text = """
      Before.

      # House
      ## Promises
      One call.
      ### Why
      ## Layers ##
      Down.
      # End
      """
    #expect(
      sections(text) == [
        "1 [] Before.", "3 [House] # House", "4 [House › Promises] ## Promises",
        "6 [House › Promises › Why] ### Why", "7 [House › Layers] ## Layers ##", "9 [End] # End",
      ])
  }

  @Test(arguments: [
    "```\n# not\n```\ntext", "~~~ sh\n# not\n~~~\ntext", "````\n```\n# not\n````\ntext", "    # not", "#not",
    "\t# not",
    "####### not", "- item\n---", "| a |\n---", "text\n\n---\n# ",
  ])
  func whatOnlyLooksLikeAHeadingIsText(text: String) {
    #expect(MarkdownSection.sections(of: text).allSatisfy { $0.heading.isEmpty })
  }

  @Test func underlinedHeadingsCount() {
    #expect(
      sections("House\n=====\nOne\n\nLayers\n---\nTwo") == ["1 [House] House", "5 [House › Layers] Layers"])
  }

  @Test(arguments: ["\n", "\r\n"])
  func anyLineEndGivesTheSameLines(end: String) {
    let text = ["# A", "one", "", "## B", "two"].joined(separator: end)
    #expect(sections(text) == ["1 [A] # A", "4 [A › B] ## B"])
    #expect(MarkdownSection.sections(of: text)[0].text == "# A\none")
  }

  @Test func aLongSectionIsCutAtABlankLineAndKeepsItsHeading() {
    let text = "# Long\n" + String(repeating: "line\n", count: 50) + "\nsecond\n"
    #expect(sections(text) == ["1 [Long] # Long", "53 [Long] second"])
  }

  @Test func blankTextHasNoSections() {
    #expect(sections("") == [])
    #expect(sections("\n \n\t\n") == [])
  }
}
