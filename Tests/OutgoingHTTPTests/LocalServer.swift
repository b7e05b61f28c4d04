import Glibc
import TestSupport

/// A real HTTP server on this machine, in a process of its own that ends with its owner.
final class LocalServer: Sendable {
  let port: Int
  private let process: pid_t
  private let connection: Int32

  struct NotStarted: Error {}

  /// Without blocking the thread that asks.
  static func start() async throws -> LocalServer {
    let started: LocalServer? = await withCheckedContinuation { continuation in
      onNewThread { continuation.resume(returning: LocalServer()) }
    }
    guard let started else { throw NotStarted() }
    return started
  }

  private init?() {
    // Closed in every other process from its beginning: a server that held another's end open would hide its death.
    var ends: [Int32] = [0, 0]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
      return nil
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    for standard in [STDIN_FILENO, STDOUT_FILENO] {
      posix_spawn_file_actions_adddup2(&actions, ends[1], standard)
    }
    let words = ["python3", Self.program]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var process: pid_t = 0
    let status = posix_spawnp(&process, words[0], &actions, nil, &arguments, environ)
    posix_spawn_file_actions_destroy(&actions)
    close(ends[1])
    (self.process, connection) = (process, ends[0])
    port = status == 0 ? Self.line(from: ends[0]).flatMap { Int($0) } ?? 0 : 0
    if port == 0 { return nil }
  }

  deinit {
    // Killed rather than asked: a child of a thread that blocks signals is born blocking them.
    if process > 0 { kill(process, SIGKILL) }
    close(connection)
    let process = process
    if process > 0 { onNewThread { waitpid(process, nil, 0) } }
  }

  /// To its end: whoever reads less may be gone before the rest is written, and the writer with it.
  private static func line(from descriptor: Int32) -> String? {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while line.count < 16, read(descriptor, &byte, 1) == 1 {
      if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
      line.append(byte)
    }
    return nil
  }

  private static let program =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    + "/server.py"
}
