import Glibc

/// The bytes of a manifest, and what they mean as YAML or JSON.
struct ManifestFile {
  static let maxBytes = 4 << 20

  let path: String
  let root: ManifestNode

  /// - Parameter asker: what names this file; nil: the operator did.
  init(reading path: String, askedFor asker: SourceLocation? = nil) throws(ManifestErrors) {
    let bytes: [UInt8]
    do { bytes = try ManifestFile.contents(of: path, askedFor: asker) } catch {
      throw ManifestErrors([error])
    }
    try self.init(path: path, bytes: bytes)
  }

  init(path: String, bytes: [UInt8]) throws(ManifestErrors) {
    self.path = path
    root =
      path.hasSuffix(".json")
      ? try JSONManifest.read(bytes, file: path) : try YAMLReader.read(bytes, file: path)
  }

  /// Without the last slash; `.` for a bare name.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// - Parameter path: relative ones start at the folder of `file`.
  static func resolve(_ path: String, from file: String) -> String {
    guard !path.hasPrefix("/") else { return path }
    let folder = folder(of: file)
    return folder == "." ? path : folder == "/" ? "/\(path)" : "\(folder)/\(path)"
  }

  static func exists(_ path: String) -> Bool { access(path, R_OK) == 0 }

  /// - Parameter asker: what names this file; nil: the operator did.
  static func contents(
    of path: String, askedFor asker: SourceLocation?
  ) throws(ManifestError) -> [UInt8] {
    func fault(_ code: ManifestError.Code, _ problem: String) -> ManifestError {
      ManifestError(
        code, at: asker ?? SourceLocation(file: path), asker == nil ? problem : "'\(path)': \(problem)")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let reason = errno
      throw reason == ENOENT
        ? fault(.fileMissing, "there is no such file")
        : fault(.fileUnreadable, "cannot be read: \(String(cString: strerror(reason)))")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw fault(.fileUnreadable, "is not a file")
    }
    guard status.st_size <= maxBytes else { throw fault(.tooLarge, "is larger than \(maxBytes >> 20) MiB") }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var count = 0
    while count < bytes.count {
      let step = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + count, $0.count - count) }
      if step < 0 && errno == EINTR { continue }
      guard step >= 0 else {
        throw fault(.fileUnreadable, "cannot be read: \(String(cString: strerror(errno)))")
      }
      if step == 0 { break }
      count += step
    }
    return Array(bytes[..<count])
  }
}
