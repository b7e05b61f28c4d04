import CLinux
import Glibc
import Locking
import ToolContracts

/// Interrupts as cancellations: the first asks the command to stop, the second does not ask. SIGUSR1 asks a command that
/// stays to take up its configuration anew; SIGHUP is an interrupt, since the terminal of a server on stdio is gone then.
enum Interruption {
  private static let interrupts = [SIGINT, SIGTERM, SIGHUP]

  private static let diversion = Lock<(@Sendable () -> Bool)?>(nil)

  /// From now on the terminal's interrupts go to `handler` first, which says whether it took one; what it did not take is as
  /// ever. On the thread of signals; must not block.
  static func divert(to handler: @escaping @Sendable () -> Bool) { diversion.withLock { $0 = handler } }

  /// From here on these signals wait until `watch` takes them: none ends the process, and none is lost. To be called first,
  /// before any other thread is started: threads inherit the mask.
  static func hold() {
    var signals = watched
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  /// To be called once, after `hold`.
  static func watch() -> (Cancellation, ReloadRequests) {
    let (cancellation, reloading) = (Cancellation(), ReloadRequests())
    startThread("jf-signals") {
      while true {
        var (signals, received) = (watched, Int32(0))
        guard sigwait(&signals, &received) == 0 else { continue }
        if received == SIGUSR1 {
          reloading.request()
        } else if received == SIGINT, diversion.withLock({ $0 })?() == true {
          continue
        } else if cancellation.isCancelled {
          _exit(ExitCode.interrupted.rawValue)
        } else {
          cancellation.cancel()
        }
      }
    }
    return (cancellation, reloading)
  }

  private static var watched: sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in interrupts + [SIGUSR1] { sigaddset(&signals, number) }
    return signals
  }
}

/// Passes on that somebody wants the configuration to be read anew. A command that does not stay does nothing about it.
final class ReloadRequests: Sendable {
  private struct State {
    var handler: (@Sendable () -> Void)?
    /// Somebody wanted it before there was a handler.
    var isDue = false
  }
  private let state = Lock(State())

  /// - Parameter handler: on the thread of signals, or on this one where somebody has asked already; must not block.
  func onReload(_ handler: @escaping @Sendable () -> Void) {
    let isDue = state.withLock { state in
      state.handler = handler
      return state.isDue
    }
    if isDue { handler() }
  }

  func request() {
    let handler = state.withLock { state in
      state.isDue = true
      return state.handler
    }
    handler?()
  }
}
