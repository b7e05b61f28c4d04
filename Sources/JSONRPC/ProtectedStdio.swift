import Glibc

/// Standard input and output, taken out of the reach of everything else in this process.
package enum ProtectedStdio {
  /// Call it first of all: before any other thread, plugin or child exists. Afterwards what anybody prints goes to standard
  /// error, what anybody reads from standard input is empty, and SIGPIPE is ignored. Children inherit neither descriptor.
  ///
  /// - Returns: the descriptors of the wire; nil where the process has no standard input or output.
  package static func claim() -> (input: Int32, output: Int32)? {
    signal(SIGPIPE, SIG_IGN)
    let input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, Int32(3))
    let output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, Int32(3))
    guard input >= 0, output >= 0, redirect(STDIN_FILENO, to: "/dev/null", O_RDONLY) else {
      if input >= 0 { close(input) }
      if output >= 0 { close(output) }
      return nil
    }
    guard dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 || redirect(STDOUT_FILENO, to: "/dev/null", O_WRONLY) else {
      close(input)
      close(output)
      return nil
    }
    return (input, output)
  }

  private static func redirect(_ descriptor: Int32, to path: String, _ mode: Int32) -> Bool {
    let opened = open(path, mode | O_CLOEXEC)
    guard opened >= 0 else { return false }
    defer { if opened != descriptor { close(opened) } }
    // dup2 clears close-on-exec: children find the null device, not a closed descriptor.
    return dup2(opened, descriptor) >= 0
  }
}
