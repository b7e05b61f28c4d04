import JSONCodec
import PluginABI
import PluginHarness
import Testing

struct DocsPluginTests {
  /// The plugin on a folder that lives as long.
  private struct DocsFixture {
    let folder: SampleFolder
    let plugin: PluginInstance

    init(_ files: [String: String]) throws {
      folder = SampleFolder(files)
      plugin = try PluginInstance(
        LoadedPlugin(library: "libdocs.so"), configuration: #"{"root":"\#(folder.root)"}"#)
    }

    func call(_ function: String, _ arguments: String, checks: Int = .max) -> PluginInstance.Outcome {
      plugin.call(function, arguments, checks: checks)
    }
  }

  @Test func whatASearchFindsCanBeRead() throws {
    let plugin = try DocsFixture(["a/b.md": "# T\n\none\ntwo needle\nthree\n"])
    let found = plugin.call("search", #"{"query":"needle"}"#).json
    #expect(found["mode"] == "all")
    #expect(found["results"]?[0]?["file"] == "a/b.md")
    let line = try #require(found["results"]?[0]?["line"]?.int)
    #expect(line == 3)
    let page = plugin.call("read", #"{"file":"a/b.md","line":3,"lines":2}"#).json
    #expect(
      page == ["file": "a/b.md", "line": 3, "text": "one\ntwo needle", "totalLines": 5, "truncated": false])
  }

  @Test(arguments: [
    (#"{"file":"c.md"}"#, "no file \"c.md\""), (#"{"file":"../a.md"}"#, "no file"),
    (#"{"file":"/etc/passwd"}"#, "no file"),
    (#"{"file":"a.md","line":9}"#, "ends before line 9"),
  ])
  func whatCannotBeReadIsToldToTheModel(arguments: String, message: String) throws {
    let outcome = try DocsFixture(["a.md": "one\n"]).call("read", arguments)
    #expect(outcome.status == jf_status(JF_E_TOOL))
    #expect(outcome.payload.contains(message))
  }

  @Test func aPageHasOneLineMoreThanItsLastNewline() throws {
    let plugin = try DocsFixture(["a.md": "one\ntwo", "empty.md": ""])
    #expect(plugin.call("read", #"{"file":"a.md"}"#).json["totalLines"] == 2)
    let empty = plugin.call("read", #"{"file":"empty.md"}"#).json
    #expect(empty["text"] == "")
    #expect(empty["totalLines"] == 0)
  }

  @Test func aPageOfLongLinesIsCutBetweenLines() throws {
    let line = String(repeating: "x", count: 10_000)
    let page = try DocsFixture(["a.md": String(repeating: line + "\n", count: 9)])
      .call("read", #"{"file":"a.md"}"#).json
    #expect(page["text"]?.string == [line, line, line].joined(separator: "\n"))
    #expect(page["truncated"] == true)
  }

  @Test func aSearchThatNobodyWaitsForStopsBeforeItReads() throws {
    let outcome = try DocsFixture(["a.md": "one\n"]).call("search", #"{"query":"one"}"#, checks: 1)
    #expect([JF_E_CANCELLED, JF_E_DEADLINE].contains(Int(outcome.status)))
  }

  @Test func aMissingFolderFailsTheCallAndNamesNoPath() throws {
    let plugin = try PluginInstance(
      LoadedPlugin(library: "libdocs.so"), configuration: #"{"root":"/nowhere/x"}"#)
    let outcome = plugin.call("search", #"{"query":"one"}"#)
    #expect(outcome.status == jf_status(JF_E_TOOL))
    #expect(!outcome.payload.contains("nowhere"))
  }
}
