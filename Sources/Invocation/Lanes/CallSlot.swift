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
  /// While people are asked: how much time the call has once they have answered, and how many answers it waits for.
  var timeAfterAnswer: Int64 = 0
  var openQuestions = 0
  /// The place at the gate is somebody else's while people think.
  var hasLentItsPlace = false
  /// Takes back what people were asked for this call.
  var questions: [Cancellation] = []
  /// The arguments of a call that may go on after `invoke` has returned.
  var keptArguments: UnsafeMutableRawPointer?
  var attachment: UnsafeMutableRawPointer?

  init() { pthread_mutex_init(&mutex, nil) }

  mutating func lock() { pthread_mutex_lock(&mutex) }
  mutating func unlock() { pthread_mutex_unlock(&mutex) }

  // All below with the lock held.

  /// - Returns: the caller to resume, for the one who asks first.
  mutating func settle() -> SettledCall? {
    deadline.store(.max, ordering: .relaxed)
    guard let continuation = continuation.take() else { return nil }
    defer { questions = [] }
    return SettledCall(continuation: continuation, questions: questions)
  }

  func answer(_ status: CallStatus, _ payload: UnsafeRawBufferPointer) -> CallReturn {
    guard payload.count <= call?.maxResultBytes ?? 0 else { return .tooLarge(byteCount: payload.count) }
    return .returned(status, [UInt8](payload))
  }

  var isDone: Bool { continuation == nil && hasReturned && hasCompleted }
}

/// A call whose outcome is decided, and its caller not yet told. To be resumed without the slot's lock.
struct SettledCall {
  fileprivate let continuation: UnsafeContinuation<CallReturn, Never>
  fileprivate let questions: [Cancellation]

  fileprivate init(continuation: UnsafeContinuation<CallReturn, Never>, questions: [Cancellation]) {
    self.continuation = continuation
    self.questions = questions
  }

  func resume(returning answer: CallReturn) {
    // Before the caller goes on: nobody is to fill in a form whose answer is not wanted.
    for question in questions { question.cancel() }
    continuation.resume(returning: answer)
  }
}
