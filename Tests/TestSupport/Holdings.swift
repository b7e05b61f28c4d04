import CSQLite
import Glibc

/// What this process holds at one moment that a test may forget to give back.
package struct Holdings {
  /// Names by thread id.
  let threads: [String: String]
  /// What each open descriptor leads to, by number.
  package let descriptors: [String: String]
  /// What SQLite has allocated for connections and statements.
  let databaseBytes: Int64

  package static func now() -> Holdings {
    Holdings(
      threads: entries(of: "/proc/self/task") { task in text(of: "/proc/self/task/\(task)/comm") },
      descriptors: entries(of: "/proc/self/fd") { descriptor in target(of: "/proc/self/fd/\(descriptor)") },
      databaseBytes: sqlite3_memory_used())
  }

  /// What is here and was not there before, for people; empty where nothing is.
  package func added(since before: Holdings) -> [String] {
    let threads = threads.filter { before.threads[$0.key] == nil && !Holdings.isOfDispatch($0.value) }
    let descriptors = descriptors.filter {
      before.descriptors[$0.key] != $0.value && !Holdings.isKeptForEver($0.value)
    }
    var found = threads.map { "the thread \($0.value)" }
    found += descriptors.map { "the descriptor \($0.key), open on \($0.value)" }
    if databaseBytes > before.databaseBytes {
      found.append("\(databaseBytes - before.databaseBytes) bytes of a connection or statement of SQLite")
    }
    return found.sorted()
  }

  /// The threads that tasks run on come and go as libdispatch likes; it names them after its queues.
  private static func isOfDispatch(_ thread: String) -> Bool {
    thread.hasSuffix("-qos") || thread.hasSuffix(".overcommit") || thread.hasSuffix("patch-manager")
  }

  /// A plugin is never unloaded, by design, and its file stays with it.
  /// Nor does libdispatch close the timer that it has once made; nothing else here has one.
  private static func isKeptForEver(_ target: String) -> Bool {
    target.hasPrefix("/memfd:jackfield-plugin:") || target == "anon_inode:[timerfd]"
  }

  private static func entries(of path: String, _ describe: (String) -> String?) -> [String: String] {
    guard let folder = opendir(path) else { return [:] }
    defer { closedir(folder) }
    var found: [String: String] = [:]
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      // The folder that is being read is itself one of the descriptors.
      guard let number = Int32(name), path != "/proc/self/fd" || number != dirfd(folder) else { continue }
      // What has gone meanwhile was not left behind.
      found[name] = describe(name)
    }
    return found
  }

  private static func text(of path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = fread(&bytes, 1, bytes.count, file)
    return count == 0 ? nil : String(decoding: bytes[..<count].prefix { $0 != 0x0A }, as: UTF8.self)
  }

  private static func target(of path: String) -> String? {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = bytes.withUnsafeMutableBytes { bytes in
      readlink(path, bytes.baseAddress!.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
  }
}
