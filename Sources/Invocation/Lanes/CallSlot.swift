import Glibc
import Synchronization
import ToolContracts

/// One place in the table of running calls. Used again for later calls, never freed, so that a handle which a plugin
/// keeps for too long finds a lock and a generation that is not its own, not freed memory.
///
/// Two sides use a slot: the caller, until the call is settled, and the plugin, until `invoke` has returned and nothing
/// more is owed. It is free again when both are done. Exactly one of result, deadline and cancellation settles a call;
/// whoever comes second finds `continuation` gone.
struct CallSlot: ~Copyable {
  /// `deadline` of the call that may still be settled; `.max` otherwise. Read by the watchdog without the lock.
  let deadline = Atomic<Int64>(.max)
  private var mutex = pthread_mutex_t()

  var generation: UInt64 = 1
  var call: LaneCall?
  /// Whoever takes it settles the call.
  var continuation: UnsafeContinuation<CallReturn, Never>?
  /// Set when the caller was answered without the plugin: the status that the plugin is told from then on.
  var abandoned: CallStatus?
  var hasReturned = false
  var hasCompleted = false
  /// The lane whose thread is inside `invoke`.
  var lane: Unmanaged<Lane>?
  var laneWasReplaced = false
  /// While people are asked: how much time the call has once they have answered, and how many questions are open.
  var timeAfterAnswer: Int64 = 0
  var openQuestions = 0
  /// The arguments of a call that may go on after `invoke` has returned.
  var keptArguments: UnsafeMutableRawPointer?
  var attachment: UnsafeMutableRawPointer?

  init() { pthread_mutex_init(&mutex, nil) }

  mutating func lock() { pthread_mutex_lock(&mutex) }
  mutating func unlock() { pthread_mutex_unlock(&mutex) }

  // All below with the lock held.

  /// - Returns: the caller to resume, for the one who asks first.
  mutating func settle() -> UnsafeContinuation<CallReturn, Never>? {
    deadline.store(.max, ordering: .relaxed)
    return continuation.take()
  }

  func answer(_ status: CallStatus, _ payload: UnsafeRawBufferPointer) -> CallReturn {
    guard payload.count <= call?.maxResultBytes ?? 0 else { return .tooLarge(byteCount: payload.count) }
    return .returned(status, [UInt8](payload))
  }

  var isDone: Bool { continuation == nil && hasReturned && hasCompleted }
}
