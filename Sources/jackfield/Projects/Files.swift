import Glibc

/// Files and folders, as far as projects need them.
enum Files {
  /// Without `.` and `..`, in no order; nil where it is no folder.
  static func entries(of path: String) -> [String]? {
    guard let folder = opendir(path) else { return nil }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Absolute and without links; nil where nothing is there.
  static func resolved(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  static func read(_ path: String) throws(CommandFailure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("unreadable", "cannot read \(path)", .usage) }
    defer { close(descriptor) }
    return try readAll(descriptor)
  }

  static func makeFolder(_ path: String) throws(CommandFailure) {
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
      throw failure("unwritable", "cannot make \(path)")
    }
  }

  /// A file that must not be there yet.
  static func write(_ bytes: [UInt8], to path: String, isExecutable: Bool) throws(CommandFailure) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, isExecutable ? 0o777 : 0o666)
    guard descriptor >= 0 else { throw failure("unwritable", "cannot write \(path)") }
    defer { close(descriptor) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard count >= 0 || errno == EINTR else { throw failure("unwritable", "cannot write \(path)") }
      rest = rest.dropFirst(max(0, count))
    }
  }

  private static func failure(_ code: String, _ what: String, _ exit: ExitCode = .failed) -> CommandFailure {
    CommandFailure(code, "\(what): \(String(cString: strerror(errno)))", exit)
  }
}
