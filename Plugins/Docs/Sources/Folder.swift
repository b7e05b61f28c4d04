internal import Glibc

/// The folder that is searched. No symbolic link below it is followed, so nothing outside of it can be read.
package struct Folder: Sendable {
  package struct File: Hashable, Sendable {
    /// Relative to the folder, with `/` between names.
    package var path: String
    package var size: Int
    /// Of the last change, in nanoseconds since 1970.
    package var modified: Int64
  }

  package struct Failure: Error {
    package let message: String
  }

  let root: String
  /// Of the files, without the dot, in lower case.
  let extensions: Set<String>
  /// Names anywhere in the tree, or paths relative to the root where they hold a `/`.
  let excludes: Set<String>

  /// A longer file is no documentation.
  package static let largestFile = 1 << 20
  private static let deepest = 32
  private static let mostFiles = 50_000

  package init(root: String, extensions: [String], excludes: [String]) {
    self.root = root
    self.extensions = Set(extensions.map { $0.lowercased() })
    self.excludes = Set(excludes)
  }

  /// Every file to index, sorted by path.
  /// - Throws: `Failure` if the root cannot be read. A folder below it that cannot be read is left out.
  package func files() throws(Failure) -> [File] {
    let descriptor = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure(message: "the root folder cannot be opened: errno \(errno)") }
    var files: [File] = []
    collect(from: descriptor, prefix: "", depth: 0, into: &files)
    return files.sorted { $0.path < $1.path }
  }

  /// Takes `descriptor` over, and closes it.
  private func collect(from descriptor: Int32, prefix: String, depth: Int, into files: inout [File]) {
    guard let stream = fdopendir(descriptor) else {
      close(descriptor)
      return
    }
    defer { closedir(stream) }
    while let entry = readdir(stream), files.count < Self.mostFiles {
      guard let name = Self.name(of: entry), name != ".", name != ".." else { continue }
      let path = prefix + name
      guard !excludes.contains(name), !excludes.contains(path) else { continue }
      var status = stat()
      guard fstatat(dirfd(stream), name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
      switch status.st_mode & S_IFMT {
      case S_IFDIR where depth < Self.deepest:
        let child = openat(dirfd(stream), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if child >= 0 { collect(from: child, prefix: path + "/", depth: depth + 1, into: &files) }
      case S_IFREG where status.st_size <= Self.largestFile && hasExtension(name):
        let modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        files.append(File(path: path, size: Int(status.st_size), modified: modified))
      default: break
      }
    }
  }

  private func hasExtension(_ name: String) -> Bool {
    guard let dot = name.lastIndex(of: ".") else { return false }
    return extensions.contains(name[name.index(after: dot)...].lowercased())
  }

  /// Nil if the name is not UTF-8: no answer could quote it.
  private static func name(of entry: UnsafeMutablePointer<dirent>) -> String? {
    withUnsafeBytes(of: &entry.pointee.d_name) { String(validating: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// The content of a file, nil where there is none (any more). Bytes that are not UTF-8 become U+FFFD.
  /// - Parameter path: As in `File.path`.
  package func text(of path: String) -> String? {
    let names = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard let last = names.last, !names.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
      return nil
    }
    var folder = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { if folder >= 0 { close(folder) } }
    for name in names.dropLast() where folder >= 0 {
      let child = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      close(folder)
      folder = child
    }
    guard folder >= 0 else { return nil }
    // Not blocking: what was a file may have become a pipe.
    let file = openat(folder, last, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    return Self.content(of: file)
  }

  private static func content(of file: Int32) -> String? {
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= largestFile else {
      return nil
    }
    var bytes: [UInt8] = []
    while bytes.count <= largestFile {
      let count = bytes.count
      bytes.append(contentsOf: repeatElement(0, count: 64 << 10))
      let read = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress! + count, 64 << 10) }
      bytes.removeLast(64 << 10 - max(0, read))
      if read < 0 { return nil }
      if read == 0 { break }
    }
    let text = String(decoding: bytes, as: UTF8.self)
    return text.hasPrefix("\u{FEFF}") ? String(text.unicodeScalars.dropFirst()) : text
  }
}
