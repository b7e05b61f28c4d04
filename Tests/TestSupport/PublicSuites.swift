import Glibc

/// The public conformance suites: `$JACKFIELD_SUITES`, else `../shared/suites` beside the package.
/// They are not part of the repository, so a test that wants one says loudly when it is not there.
package enum PublicSuites {
  package static let root: String = {
    if let path = getenv("JACKFIELD_SUITES") { return String(cString: path) }
    let package = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    return package.joined(separator: "/") + "/../shared/suites"
  }()

  /// - Returns: the folder of a suite, `nil` (and a line on standard error) when it is not on this machine.
  package static func folder(_ name: String) -> String? {
    let path = root + "/" + name
    if access(path, R_OK) == 0 { return path }
    let notice = "SKIPPED: no suite \(name) in \(root); set JACKFIELD_SUITES to where the suites are\n"
    _ = write(STDERR_FILENO, notice, notice.utf8.count)
    return nil
  }

  /// Names of the files in `folder` that end in `suffix`, sorted.
  package static func files(in folder: String, suffix: String = ".json") -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasSuffix(suffix) { names.append(name) }
    }
    return names.sorted()
  }

  /// Like ``files(in:suffix:)`` with the folders below, as paths relative to `folder`.
  package static func filesBelow(_ folder: String, suffix: String = ".json") -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var paths = files(in: folder, suffix: suffix)
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard entry.pointee.d_type == UInt8(DT_DIR), !name.hasPrefix(".") else { continue }
      paths += filesBelow(folder + "/" + name, suffix: suffix).map { name + "/" + $0 }
    }
    return paths.sorted()
  }

  package static func bytes(of path: String) -> [UInt8]? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    return bytes
  }
}
