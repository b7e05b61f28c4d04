import CChildProcesses
import Glibc

/// A program to run to its end. Whatever it does, this comes back in time, with nothing left open and, where it ran
/// alone, nothing left running.
package struct ChildProgram: Sendable {
  package enum Ending: Sendable, Equatable {
    case exited(Int32)
    case killed(signal: Int32)
    case outOfTime
  }
  /// It did not start.
  package struct Failure: Error, Sendable {
    package let program: String
    package let reason: String
  }

  /// Looked for on the PATH where it has no slash.
  package var program: String
  package var arguments: [String]
  /// `NAME=VALUE`; nil: this process's.
  package var environment: [String]?
  /// Nil: this process's.
  package var folder: String?

  package init(
    _ program: String, _ arguments: [String], environment: [String]? = nil, folder: String? = nil
  ) {
    self.program = program
    self.arguments = arguments
    self.environment = environment
    self.folder = folder
  }

  /// Runs it at this process's terminal; what it prints goes to standard error, or, with `printsResults`, to standard
  /// output. Blocks until it ends.
  package func run(printsResults: Bool = false) throws(Failure) -> Ending {
    let started = try start(output: printsResults ? STDOUT_FILENO : STDERR_FILENO, isAlone: false)
    defer { close(started.pidfd) }
    return Self.reap(started.pid)
  }

  /// Runs it with nothing to read and nobody who sees its errors, and collects what it prints. Blocks for at most
  /// `patience` nanoseconds, or until it has printed more than `limit` bytes; then it is killed, with all that it has
  /// started.
  package func collect(limit: Int, patience: Int64) throws(Failure) -> (output: [UInt8], ending: Ending) {
    var ends: [Int32] = [-1, -1]
    let error = jf_child_pipe(&ends)
    guard error == 0 else { throw Failure(program: program, reason: String(cString: strerror(error))) }
    defer { close(ends[0]) }
    let started: (pid: pid_t, pidfd: Int32)
    do {
      defer { close(ends[1]) }
      started = try start(output: ends[1], isAlone: true)
    }
    defer { close(started.pidfd) }
    var output: [UInt8] = []
    let isOver = Self.collect(
      &output, limit: limit, from: ends[0], until: started.pidfd, deadline: Self.now() + patience)
    // Before it is reaped: until then its number cannot mean somebody else.
    kill(-started.pid, SIGKILL)
    let ending = Self.reap(started.pid)
    return (output, isOver ? ending : .outOfTime)
  }

  private func start(output: Int32, isAlone: Bool) throws(Failure) -> (pid: pid_t, pidfd: Int32) {
    var (pid, pidfd): (pid_t, Int32) = (0, -1)
    let error = Self.withPointers([program] + arguments) { words in
      Self.withPointers(environment ?? []) { variables in
        program.withCString { program in
          let plan = { (folder: UnsafePointer<CChar>?) in
            jf_child_plan(
              program: program, arguments: words, environment: environment == nil ? nil : variables,
              folder: folder,
              output: output, is_alone: isAlone)
          }
          guard let folder else {
            var plan = plan(nil)
            return jf_child_start(&plan, &pid, &pidfd)
          }
          return folder.withCString {
            var plan = plan($0)
            return jf_child_start(&plan, &pid, &pidfd)
          }
        }
      }
    }
    guard error == 0 else { throw Failure(program: program, reason: String(cString: strerror(error))) }
    return (pid, pidfd)
  }

  /// - Returns: false when the deadline came first, or it printed too much.
  private static func collect(
    _ output: inout [UInt8], limit: Int, from pipe: Int32, until pidfd: Int32, deadline: Int64
  ) -> Bool {
    var events = [
      pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0),
      pollfd(fd: pipe, events: Int16(POLLIN), revents: 0),
    ]
    while output.count <= limit {
      let left = deadline - now()
      guard left > 0 else { return false }
      // Rounded up, so that the last wait is not a busy one.
      guard poll(&events, 2, Int32(clamping: left / 1_000_000 + 1)) >= 0 || errno == EINTR else {
        return false
      }
      if events[1].revents != 0, !read(from: pipe, into: &output) { events[1].fd = -1 }
      if events[0].revents != 0 {
        while output.count <= limit, read(from: pipe, into: &output) {}
        return true
      }
    }
    return false
  }

  /// - Returns: false when there is nothing to read now, or never will be.
  private static func read(from pipe: Int32, into output: inout [UInt8]) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 1) { buffer in
      let count = Glibc.read(pipe, buffer.baseAddress, buffer.count)
      guard count > 0 else { return count < 0 && errno == EINTR }
      output.append(contentsOf: buffer[..<count])
      return true
    }
  }

  private static func reap(_ pid: pid_t) -> Ending {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 {
      guard errno == EINTR else { return .outOfTime }
    }
    let signal = status & 0x7f
    return signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal: signal)
  }

  private static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  private static func withPointers<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers = texts.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeMutableBufferPointer { body(UnsafePointer($0.baseAddress!)) }
  }
}
