import Docs
import Testing

struct SearchTests {
  private static let files = [
    "README.md": "# Jackfield\n\nA host process that runs agents.\n",
    "docs/promises.md": """
    # Promises

    One call, one result: every tool call gets exactly one journaled result.

    ## Deadlines

    Some words that lead up to it.

    A deadline is a deadline. The caller is
    answered on time, and a late result is dropped.
    """,
    "docs/abi.md": "# Plugin ABI\n\nThe binary interface of plugins only grows. See `jf_bytes` for memory.\n",
  ]

  @Test func aHitSaysWhereTheFilesOwnTextIs() throws {
    let index = try SampleFolder(Self.files).index()
    let (hits, mode) = try index.search("late result", limit: 5)
    #expect(mode == .any)
    let hit = try #require(hits.first)
    #expect(hit.file == "docs/promises.md")
    #expect(hit.heading == "Promises › Deadlines")
    #expect(hit.line == 9)
    #expect(hit.snippet.hasPrefix("A deadline is a deadline. The caller is\nanswered on time"))
    #expect(hit.score > 0)
  }

  @Test(arguments: ["promise", "PROMISES", "promised"])
  func formsOfAWordFindEachOther(query: String) throws {
    #expect(
      try SampleFolder(Self.files).index().search(query, limit: 5).hits.first?.file == "docs/promises.md")
  }

  @Test func aWordInAHeadingCountsMoreThanOneInTheText() throws {
    let folder = SampleFolder([
      "a.md": "# Other\njournal journal\n",
      "b.md": "# Journal\n" + String(repeating: "what is written down ", count: 3),
    ])
    #expect(try folder.index().search("journal", limit: 5).hits.map(\.file) == ["b.md", "a.md"])
  }

  @Test func sectionsWithSomeOfTheWordsFollowWhereTooFewHaveThemAll() throws {
    let index = try SampleFolder(Self.files).index()
    let (hits, mode) = try index.search("binary deadline", limit: 5)
    #expect(mode == .any)
    #expect(Set(hits.map(\.file)) == ["docs/abi.md", "docs/promises.md"])
    let both = try index.search("late deadline agents", limit: 2)
    #expect(both.mode == .any)
    #expect(both.hits.count == 2)
  }

  @Test func sectionsWithAllWordsComeBeforeThoseWithSome() throws {
    let folder = SampleFolder([
      "a.md": "# x\nalpha alpha alpha alpha\n",
      "b.md": "# y\nalpha " + String(repeating: "word ", count: 60) + "beta\n",
    ])
    let (hits, mode) = try folder.index().search("alpha beta", limit: 5)
    #expect(mode == .any)
    #expect(hits.map(\.file) == ["b.md", "a.md"])
  }

  @Test func questionWordsDoNotSpoilTheQuestion() throws {
    let (hits, mode) = try SampleFolder(Self.files).index().search(
      "What does the ABI of plugins mean?", limit: 5)
    #expect(mode == .all)
    #expect(hits.map(\.file) == ["docs/abi.md"])
    #expect(try SampleFolder(["a.md": "to be or not"]).index().search("to be", limit: 5).hits.count == 1)
  }

  @Test(arguments: [
    #"""#, #"a"b"#, "'", "* OR AND", "NEAR(a b)", "a:b", "^a", "-a", "col : x", #"x" OR "y"#, "(((", "a*",
    "{heading}: x", "\0", "AND",
    "🙂", "é\u{301}", "%_", ";DROP TABLE files", String(repeating: "word ", count: 500),
    String(repeating: "x", count: 5000),
  ])
  func noQueryIsSyntax(query: String) throws {
    let index = try SampleFolder(Self.files).index()
    _ = try index.search(query, limit: 5)
    #expect(try index.search("journaled", limit: 5).hits.count == 1)
  }

  @Test func aQueryWithoutAWordFindsNothing() throws {
    #expect(try SampleFolder(Self.files).index().search(" -- ?! ", limit: 5).hits.isEmpty)
  }

  @Test func namesWithPunctuationAreOneTerm() throws {
    let folder = SampleFolder([
      "a.md": "`jf_bytes` is here.\n", "b.md": "jf has bytes too.\n", "c.md": "x\n",
    ])
    #expect(try folder.index().search("jf_bytes", limit: 1).hits.map(\.file) == ["a.md"])
  }

  @Test func aSnippetIsShortAndHoldsTheWord() throws {
    let long = String(repeating: "filler ", count: 100) + "needle " + String(repeating: "after ", count: 100)
    let index = try SampleFolder(["a.md": "# T\n\nfirst\n\n\(long)\n"]).index()
    let hit = try #require(try index.search("needle", limit: 1).hits.first)
    #expect(hit.line == 5)
    #expect(hit.snippet.contains("needle"))
    #expect(hit.snippet.count <= 300)
    #expect(hit.snippet.hasPrefix("…") && hit.snippet.hasSuffix("…"))
  }

  @Test func limitsHold() throws {
    let files = Dictionary(uniqueKeysWithValues: (0..<30).map { ("f\($0).md", "same words here\n") })
    let index = try SampleFolder(files).index()
    #expect(try index.search("same", limit: 20).hits.count == 20)
    #expect(try index.search("same", limit: 1).hits.map(\.file) == ["f0.md"])
  }
}
