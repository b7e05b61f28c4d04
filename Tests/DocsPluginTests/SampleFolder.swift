import Docs
import Glibc
import TestSupport

/// A folder of files, gone with the value.
final class SampleFolder: Sendable {
  private let temporary = TemporaryFolder()
  var root: String { temporary.path }

  init(_ files: [String: String] = [:]) {
    for (path, text) in files { write(text, to: path) }
  }

  func write(_ text: String, to path: String) { temporary.write(text, to: path) }

  func delete(_ path: String) { unlink(root + "/" + path) }

  func link(_ path: String, to target: String) { symlink(target, root + "/" + path) }

  var folder: Folder { Folder(root: root, extensions: ["md"], excludes: [".build", "notes/old.md"]) }

  func index(keptIn path: String? = nil) throws -> SearchIndex {
    var index = try SearchIndex(folder: folder, path: path.map { root + "/" + $0 })
    try index.refresh()
    return index
  }
}
