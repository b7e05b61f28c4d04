import CServerLaunching
import Glibc
import JSONRPC
import Locking
import ToolContracts

/// A server's process below its guard, and our ends of its pipes. Used by the thread that started it, but for `errors`.
final class ServerProcess: Sendable {
  /// What the server writes.
  let output: Int32
  /// What it reads.
  let input: Int32
  let errors: Int32
  private let lifeline: Int32
  private let pidfd: Int32
  private let guardProcess: pid_t
  private struct Ends {
    var isInputClosed = false
    var isReaped = false
  }
  private let ends = Lock(Ends())

  /// - Throws: a sentence for the operator.
  init(_ settings: ServerSettings) throws(ServerFailure) {
    let words =
      [settings.guardProgram, String(settings.graceMilliseconds), settings.folder, settings.program]
      + settings.arguments
    guard !(words + settings.environment).contains(where: { $0.utf8.contains(0) }) else {
      throw ServerFailure("its command or environment contains a NUL byte")
    }
    var started = guarded_server()
    let error = withCStrings(words) { words in
      withCStrings(settings.environment) { guarded_server_start(words, $0, &started) }
    }
    guard error == 0 else {
      throw ServerFailure("\(settings.guardProgram) cannot be started: \(String(cString: strerror(error)))")
    }
    (input, output, errors) = (started.input, started.output, started.errors)
    (lifeline, pidfd, guardProcess) = (started.lifeline, started.pidfd, started.guard)
  }

  deinit {
    closeInput()
    close(output)
    close(errors)
    close(pidfd)
  }

  /// The server is to end; its guard sees to it. Nobody writes to `input` any more.
  func closeInput() {
    let isFirst = ends.withLock { ends in
      defer { ends.isInputClosed = true }
      return !ends.isInputClosed
    }
    guard isFirst else { return }
    close(input)
    close(lifeline)
  }

  /// Waits for the guard, which ends after everything of the server has.
  ///
  /// - Returns: the server's exit status as shells have it; nil where the time was over first.
  func waitForEnd(nanoseconds: Int64) -> Int32? {
    var request = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
    let deadline = SystemTime().now().advanced(by: nanoseconds)
    while true {
      let left = max(0, SystemTime().now().nanoseconds(until: deadline))
      let count = poll(&request, 1, Int32(clamping: (left + 999_999) / 1_000_000))
      if count > 0 { break }
      if count == 0 || errno != EINTR { return nil }
    }
    return ends.withLock { ends in
      guard !ends.isReaped else { return nil }
      var status: Int32 = 0
      guard waitpid(guardProcess, &status, WNOHANG) == guardProcess else { return nil }
      ends.isReaped = true
      return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    }
  }
}

/// Why a server cannot be used now. For operators.
struct ServerFailure: Error, Sendable, Equatable {
  let message: String
  init(_ message: String) { self.message = message }
}

private func withCStrings<Result>(
  _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  var pointers = texts.map { strdup($0) }
  pointers.append(nil)
  defer { for pointer in pointers { free(pointer) } }
  return body(&pointers)
}
