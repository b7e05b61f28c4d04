import CLinux
import Glibc
import ToolContracts

/// Interrupts as cancellations: the first asks the command to stop, the second does not ask.
enum Interruption {
  /// To be called once, before any other thread is started: threads inherit the mask.
  static func watch() -> Cancellation {
    let cancellation = Cancellation()
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    sigaddset(&signals, SIGHUP)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { context in
        let cancellation = Unmanaged<Cancellation>.fromOpaque(context!).takeRetainedValue()
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGHUP)
        var received: Int32 = 0
        sigwait(&signals, &received)
        cancellation.cancel()
        sigwait(&signals, &received)
        _exit(ExitCode.interrupted.rawValue)
      }, Unmanaged.passRetained(cancellation).toOpaque())
    if status == 0 {
      jf_name_thread(thread, "jf-signals")
      pthread_detach(thread)
    }
    return cancellation
  }
}
