import Telemetry
import ToolContracts

/// A running process of a server and the conversation with it.
struct ServerLife: Sendable {
  let process: ServerProcess
  let session: ServerSession
  private let settings: ServerSettings

  /// Starts the process, the thread that reads its output and the one that reads its standard error.
  init(
    _ settings: ServerSettings, time: any TimeSource, counts: ClientCounts, log: Log,
    listChanged: @escaping @Sendable () -> Void, lost: @escaping @Sendable () -> Void
  ) throws(ServerFailure) {
    let process = try ServerProcess(settings)
    let session = ServerSession(
      writingTo: process.input, as: settings.client, counts: counts, listChanged: listChanged, lost: lost)
    self.process = process
    self.session = session
    self.settings = settings
    counts.starts.add()
    // Each keeps the process, and with it the descriptor that it reads.
    let isDrained = startThread { ErrorOutput.drain(process.errors, time: time, counts: counts, log: log) }
    let isRead = startThread {
      session.read(from: process.output)
      _ = process  // until here
    }
    guard isDrained, isRead else {
      _ = end()
      throw ServerFailure("there is no thread left to read what it writes")
    }
  }

  /// Ends the conversation and the process, and waits as long as its guard may take.
  ///
  /// - Returns: the exit status; nil where the guard is not done yet.
  func end() -> Int32? {
    session.end()
    process.closeInput()
    return process.waitForEnd(nanoseconds: (2 * settings.graceMilliseconds + 1000) * 1_000_000)
  }
}
