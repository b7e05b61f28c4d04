import Docs
import Glibc
import Testing

struct RefreshTests {
  @Test func onlyWhatChangedIsReadAgain() throws {
    let folder = SampleFolder(["a.md": "alpha\n", "b.md": "beta\n", "c.md": "gamma\n"])
    var index = try SearchIndex(folder: folder.folder, path: nil)
    #expect(try index.refresh() == 3)
    #expect(try index.refresh() == 0)
    folder.write("delta instead\n", to: "b.md")
    folder.delete("c.md")
    #expect(try index.refresh() == 2)
    #expect(try index.search("beta", limit: 5).hits.isEmpty)
    #expect(try index.search("gamma", limit: 5).hits.isEmpty)
    #expect(try index.search("delta", limit: 5).hits.map(\.file) == ["b.md"])
    #expect(try index.search("alpha", limit: 5).hits.map(\.file) == ["a.md"])
  }

  @Test func anIndexFileSparesReadingAtTheNextStart() throws {
    let folder = SampleFolder(["a.md": "alpha\n"])
    do { _ = try folder.index(keptIn: "index.db") }
    var again = try SearchIndex(folder: folder.folder, path: folder.root + "/index.db")
    #expect(try again.refresh() == 0)
    #expect(try again.search("alpha", limit: 5).hits.count == 1)
  }

  @Test func anIndexFileOfAnotherFolderIsBuiltAnew() throws {
    let first = SampleFolder(["a.md": "alpha\n"])
    let second = SampleFolder(["b.md": "beta\n"])
    do { _ = try first.index(keptIn: "index.db") }
    var index = try SearchIndex(folder: second.folder, path: first.root + "/index.db")
    #expect(try index.search("alpha", limit: 5).hits.isEmpty)
    #expect(try index.refresh() == 1)
  }

  @Test func anIndexFileThatIsNoneIsAnError() throws {
    let folder = SampleFolder(["index.db": String(repeating: "no database ", count: 100)])
    #expect(throws: SearchIndex.Failure.self) {
      _ = try SearchIndex(folder: folder.folder, path: folder.root + "/index.db")
    }
  }

  @Test func workThatIsStoppedGoesOnWhereItWas() throws {
    struct Stop: Error {}
    let folder = SampleFolder(["a.md": "alpha\n", "b.md": "beta\n", "c.md": "gamma\n"])
    var index = try SearchIndex(folder: folder.folder, path: nil)
    let steps = Counter()
    #expect(throws: Stop.self) {
      try index.refresh { if steps.next() == 3 { throw Stop() } }
    }
    #expect(try index.search("alpha", limit: 5).hits.count == 1)
    #expect(try index.refresh() == 1)
  }

  @Test func nothingOutsideOfTheRootIsReached() throws {
    let outside = SampleFolder(["secret.md": "secret word\n"])
    let folder = SampleFolder(["in.md": "harmless\n"])
    folder.link("file.md", to: outside.root + "/secret.md")
    folder.link("folder", to: outside.root)
    let index = try folder.index()
    #expect(try folder.folder.files().map(\.path) == ["in.md"])
    #expect(try index.search("secret", limit: 5).hits.isEmpty)
    for path in [
      "file.md", "folder/secret.md", "../\(outside.root.split(separator: "/").last!)/secret.md", "/etc/hosts",
    ] {
      #expect(folder.folder.text(of: path) == nil)
      #expect(try index.text(of: path) == nil)
    }
  }

  @Test func whatIsExcludedTooLongOrOfAnotherKindIsLeftOut() throws {
    let folder = SampleFolder([
      "in.md": "word\n", "CAPS.MD": "word\n", "code.swift": "word\n", "md": "word\n", ".build/x.md": "word\n",
      "deep/.build/x.md": "word\n", "notes/old.md": "word\n", "other/old.md": "word\n",
      "long.md": String(repeating: "word\n", count: 1 << 18),
    ])
    mkfifo(folder.root + "/pipe.md", 0o600)
    #expect(try folder.folder.files().map(\.path) == ["CAPS.MD", "in.md", "other/old.md"])
  }

  @Test func aFolderThatIsNotThereIsAnErrorAndNotEmpty() {
    let folder = Folder(root: "/nowhere/at/all", extensions: ["md"], excludes: [])
    #expect(throws: Folder.Failure.self) { try folder.files() }
  }

  @Test func aLibraryLooksAtItsFolderAtMostOnceAnInterval() throws {
    let folder = SampleFolder(["a.md": "alpha\n"])
    let seconds = Counter()
    let library = Library(index: try SearchIndex(folder: folder.folder, path: nil)) {
      .milliseconds(400) * seconds.next()
    }
    #expect(try library.search("alpha", limit: 5) {}.hits.count == 1)
    folder.write("beta\n", to: "b.md")
    #expect(try library.search("beta", limit: 5) {}.hits.isEmpty)
    #expect(try library.search("beta", limit: 5) {}.hits.isEmpty)
    #expect(try library.search("beta", limit: 5) {}.hits.count == 1)
  }
}
