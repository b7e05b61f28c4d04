import CPluginLoading
import Glibc
import PluginFiles
import ToolContracts

/// One run of jackfield-probe. Whatever the plugin does there, this comes back within `patience`, with nothing left
/// running and nothing left open.
struct ProbeProcess {
  enum Ending: Sendable, Equatable {
    case exited(Int32)
    case killed(signal: Int32)
    case outOfTime
  }

  let report: [UInt8]
  let ending: Ending

  /// - Parameter patience: nanoseconds.
  init(program: String, image: borrowing PluginImage, patience: Int64) throws(PluginFailure) {
    var process = plugin_probe_process()
    let error = plugin_probe_start(program, runtimeFolder, image.descriptor.number, &process)
    guard error == 0 else {
      throw PluginFailure(
        .loadFailed,
        "cannot be probed: \(program) does not start (\(textOfError(error))); is it installed beside jackfield?"
      )
    }
    let pidfd = OwnedDescriptor(process.pidfd)
    let output = OwnedDescriptor(process.report)
    var report: [UInt8] = []
    let ended = Self.collect(
      &report, from: output.number, until: pidfd.number, deadline: SystemTime().now().advanced(by: patience))
    let status = Self.end(process.pid)
    self.report = report
    ending = ended ? Ending(waitStatus: status) : .outOfTime
  }

  /// - Returns: false when the deadline came first, or the report grew past any plugin's.
  private static func collect(
    _ report: inout [UInt8], from output: Int32, until pidfd: Int32, deadline: MonotonicTime
  ) -> Bool {
    var events = [
      pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0),
      pollfd(fd: output, events: Int16(POLLIN), revents: 0),
    ]
    while report.count <= ProbeReport.largest {
      let left = SystemTime().now().nanoseconds(until: deadline)
      guard left > 0 else { return false }
      // Rounded up, so that the last wait is not a busy one.
      guard poll(&events, 2, Int32(clamping: left / 1_000_000 + 1)) >= 0 || errno == EINTR else {
        return false
      }
      if events[1].revents != 0, !read(from: output, into: &report) { events[1].fd = -1 }
      if events[0].revents != 0 {
        while report.count <= ProbeReport.largest, read(from: output, into: &report) {}
        return true
      }
    }
    return false
  }

  /// - Returns: false when there is nothing to read now, or never will be.
  private static func read(from output: Int32, into report: inout [UInt8]) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: 16384, alignment: 1) { buffer in
      let count = Glibc.read(output, buffer.baseAddress, buffer.count)
      guard count > 0 else { return count < 0 && errno == EINTR }
      report.append(contentsOf: buffer[..<count])
      return true
    }
  }

  /// Kills the whole group before the leader is reaped: until then its number cannot mean somebody else, and what the
  /// plugin started does not outlive it.
  private static func end(_ pid: pid_t) -> Int32? {
    kill(-pid, SIGKILL)
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 {
      guard errno == EINTR else { return nil }
    }
    return status
  }
}

extension ProbeProcess.Ending {
  /// - Parameter status: as waitpid(2) answers it; nil where somebody else reaped the process.
  fileprivate init(waitStatus status: Int32?) {
    guard let status else {
      self = .outOfTime
      return
    }
    let signal = status & 0x7f
    self = signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal: signal)
  }
}
