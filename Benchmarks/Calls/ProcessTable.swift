import Glibc

/// What /proc says of processes.
enum ProcessTable {
  /// Those of the zygote of this process.
  static func own(named name: String) -> [pid_t] {
    guard let folder = opendir("/proc") else { return [] }
    defer { closedir(folder) }
    var found: [pid_t] = []
    while let entry = readdir(folder) {
      guard let pid = pid_t(Self.name(of: entry)), text(of: "/proc/\(pid)/comm") == "\(name)\n" else {
        continue
      }
      let stat = text(of: "/proc/\(pid)/stat").split(separator: " ")
      guard stat.count > 4, stat[2] != "Z", let parent = pid_t(stat[3]) else { continue }
      if text(of: "/proc/\(parent)/stat").split(separator: " ").dropFirst(3).first == "\(getpid())" {
        found.append(pid)
      }
    }
    return found
  }

  /// Of all threads that it has, in nanoseconds.
  static func processorTime(of pid: pid_t) -> Int64 {
    guard let folder = opendir("/proc/\(pid)/task") else { return 0 }
    defer { closedir(folder) }
    var time: Int64 = 0
    while let entry = readdir(folder) {
      let path = "/proc/\(pid)/task/\(name(of: entry))/schedstat"
      time += text(of: path).split(separator: " ").first.flatMap { Int64($0) } ?? 0
    }
    return time
  }

  static func text(of path: String) -> String {
    guard let file = fopen(path, "rb") else { return "" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 8192)
    return String(decoding: bytes[..<fread(&bytes, 1, bytes.count, file)], as: UTF8.self)
  }

  private static func name(of entry: UnsafeMutablePointer<dirent>) -> String {
    withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
