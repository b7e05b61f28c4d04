internal import Glibc
internal import JackfieldPluginSDK

/// The zones of a machine: a folder of TZif files. Read anew for every question, so that an updated database counts
/// at once.
///
/// glibc's own `localtime_r` is not used: it knows one zone a process, and changing that one races with every other
/// thread.
package struct TimeZoneDatabase: Sendable {
  package static let system = TimeZoneDatabase(folder: "/usr/share/zoneinfo")

  private let folder: String
  private static let largestFile = 256 * 1024

  package init(folder: String) {
    self.folder = folder
  }

  /// The zone of an IANA name; nil if there is none. UTC is known without a database.
  package func zone(named name: String) -> TimeZoneFile? {
    if name == "UTC" { return .utc }
    return isName(name) ? read(name).flatMap(TimeZoneFile.init) : nil
  }

  /// The zone that was most likely meant, by its name or by its city's; nil if none is near.
  package func closest(to name: String) -> String? {
    // No name of the database is half as long.
    guard name.utf8.count <= 64 else { return nil }
    let names = names()
    if let closest = closestName(to: name, among: names) { return closest }
    let cities = Dictionary(names.map { ($0.split(separator: "/").last.map(String.init) ?? $0, $0) }) {
      first, _ in first
    }
    return closestName(to: name, among: cities.keys.sorted()).flatMap { cities[$0] }
  }

  /// Whether the name can be a zone's, and so cannot lead out of the folder.
  private func isName(_ name: String) -> Bool {
    guard name.utf8.count <= 64 else { return false }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count <= 3 && parts.allSatisfy(isNamePart) && !Self.otherTrees.contains(String(parts[0]))
  }

  /// Letters, digits, "_", "+" and "-": there is no "." in any zone's name.
  private func isNamePart(_ part: Substring) -> Bool {
    guard let first = part.utf8.first, isLetter(first) else { return false }
    return part.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || "_+-".utf8.contains($0) }
  }

  private func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  /// Copies of the whole database, one of which counts leap seconds; and what is no zone, or a machine's setting.
  private static let otherTrees: Set<String> = ["posix", "right", "localtime", "posixrules", "leapseconds"]

  private func read(_ name: String) -> [UInt8]? {
    // O_NONBLOCK: opening a pipe must not wait for a writer.
    let file = open(folder + "/" + name, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return nil }
    defer { Glibc.close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= Self.largestFile
    else {
      return nil
    }
    return [UInt8](unsafeUninitializedCapacity: Self.largestFile) { buffer, count in
      while count < buffer.count {
        let got = Glibc.read(file, buffer.baseAddress.map { $0 + count }, buffer.count - count)
        if got < 0 && errno == EINTR { continue }
        guard got > 0 else { return }
        count += got
      }
    }
  }

  /// Every file that can be a zone, sorted.
  private func names() -> [String] {
    var found: [String] = []
    var folders = [""]
    while let prefix = folders.popLast() {
      for entry in entries(of: prefix) where isName(prefix + entry.name) {
        if entry.isFolder {
          folders.append(prefix + entry.name + "/")
        } else {
          found.append(prefix + entry.name)
        }
      }
    }
    return found.sorted()
  }

  private func entries(of prefix: String) -> [(name: String, isFolder: Bool)] {
    guard let directory = opendir(folder + "/" + prefix) else { return [] }
    defer { closedir(directory) }
    var found: [(name: String, isFolder: Bool)] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: $0.pointee)) {
          String(cString: $0)
        }
      }
      found.append((name, entry.pointee.d_type == UInt8(DT_DIR)))
    }
    return found
  }
}
