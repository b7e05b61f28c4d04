import Docs
import Glibc

/// A folder of files in the temporary folder, gone with the value.
final class SampleFolder: Sendable {
  let root: String

  init(_ files: [String: String] = [:]) {
    var template = Array("/tmp/jackfield-docs-XXXXXX".utf8CString)
    root = mkdtemp(&template).map { String(cString: $0) } ?? "/nowhere"
    for (path, text) in files { write(text, to: path) }
  }

  deinit { Self.removeAll(root) }

  private static func removeAll(_ path: String) {
    guard remove(path) != 0, let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { removeAll(path + "/" + name) }
    }
    closedir(folder)
    rmdir(path)
  }

  func write(_ text: String, to path: String) {
    var folder = root
    for name in path.split(separator: "/").dropLast() {
      folder += "/" + name
      mkdir(folder, 0o755)
    }
    guard let file = fopen(root + "/" + path, "w") else { return }
    fputs(text, file)
    fclose(file)
  }

  func delete(_ path: String) { unlink(root + "/" + path) }

  func link(_ path: String, to target: String) { symlink(target, root + "/" + path) }

  var folder: Folder { Folder(root: root, extensions: ["md"], excludes: [".build", "notes/old.md"]) }

  func index(keptIn path: String? = nil) throws -> SearchIndex {
    var index = try SearchIndex(folder: folder, path: path.map { root + "/" + $0 })
    try index.refresh()
    return index
  }
}
