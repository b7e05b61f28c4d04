import CLinux
import Glibc

/// Runs `body` on a new thread.
///
/// - Returns: false where there is none to be had.
@discardableResult
func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
  final class Start: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  let start = Unmanaged.passRetained(Start(body))
  var thread = pthread_t()
  let status = pthread_create(
    &thread, nil,
    { context in
      Unmanaged<Start>.fromOpaque(context!).takeRetainedValue().body()
      return nil
    }, start.toOpaque())
  guard status == 0 else {
    start.release()
    return false
  }
  jf_name_thread(thread, name)
  pthread_detach(thread)
  return true
}
