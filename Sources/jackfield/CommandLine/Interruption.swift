import CLinux
import Glibc
import Locking
import ToolContracts

/// Interrupts as cancellations: the first asks the command to stop, the second does not ask. SIGUSR1 asks a command that
/// stays to take up its configuration anew; SIGHUP is an interrupt, since the terminal of a server on stdio is gone then.
enum Interruption {
  private static let interrupts = [SIGINT, SIGTERM, SIGHUP]

  /// To be called once, before any other thread is started: threads inherit the mask.
  static func watch() -> (Cancellation, ReloadRequests) {
    let (cancellation, reloading) = (Cancellation(), ReloadRequests())
    var signals = watched
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    startThread("jf-signals") {
      while true {
        var (signals, received) = (watched, Int32(0))
        guard sigwait(&signals, &received) == 0 else { continue }
        if received == SIGUSR1 {
          reloading.request()
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
  private let handler = Lock<(@Sendable () -> Void)?>(nil)

  /// - Parameter handler: on the thread of signals; must not block.
  func onReload(_ handler: @escaping @Sendable () -> Void) { self.handler.withLock { $0 = handler } }
  func request() { handler.withLock { $0 }?() }
}
