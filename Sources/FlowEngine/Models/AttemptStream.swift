import Locking
import ModelContracts
import ToolContracts

/// Whose answer is shown: that of the first attempt that has something to show. All others of the same call are taken back.
final class ShownAnswer: Sendable {
  private let claimant = Lock<UInt32?>(nil)

  /// - Returns: whether this attempt is the one.
  func claim(_ attempt: UInt32) -> Bool {
    claimant.withLock { claimant in
      if claimant == nil { claimant = attempt }
      return claimant == attempt
    }
  }

  /// Another attempt may begin anew.
  func release() { claimant.withLock { $0 = nil } }

  var isClaimed: Bool { claimant.withLock { $0 != nil } }
}

/// Listens to one attempt: passes on what is to be shown, and knows when something came last.
final class AttemptStream: CallObserver {
  private struct State {
    var last: MonotonicTime
    var hasBegun = false
    /// Told once, when anything comes.
    var whenBegun: (@Sendable () -> Void)?
  }
  private let attempt: UInt32
  private let observer: (any CallObserver)?
  private let shown: ShownAnswer
  private let time: any TimeSource
  private let cancellation: Cancellation
  private let state: Lock<State>

  /// - Parameters:
  ///   - observer: nil: nothing is shown.
  ///   - cancellation: of this attempt.
  init(
    _ attempt: UInt32, for observer: (any CallObserver)?, _ shown: ShownAnswer, time: any TimeSource,
    cancellation: Cancellation, whenBegun: (@Sendable () -> Void)? = nil
  ) {
    self.attempt = attempt
    self.observer = observer
    self.shown = shown
    self.time = time
    self.cancellation = cancellation
    state = Lock(State(last: time.now(), whenBegun: whenBegun))
  }

  func received(_ event: CallEvent, from call: CallID) {
    let whenBegun = state.withLock { state in
      state.last = time.now()
      state.hasBegun = true
      return state.whenBegun.take()
    }
    whenBegun?()
    guard event.kind == .text, let observer else { return }
    guard shown.claim(attempt) else { return cancellation.cancel() }
    observer.received(event, from: call)
  }

  func progressed(_ progress: CallProgress, of call: CallID) {}

  /// When the attempt is given up unless something comes before, and why; nil: never.
  func limit(_ deadlines: ModelDeadlines) -> (due: MonotonicTime, reason: InvocationFailure)? {
    let (last, hasBegun) = state.withLock { ($0.last, $0.hasBegun) }
    if hasBegun {
      return deadlines.idle.map { (last.advanced(by: $0), .standsStill) }
    }
    return deadlines.firstPiece.map { (last.advanced(by: $0), .doesNotBegin) }
  }
}

extension InvocationFailure {
  fileprivate static let doesNotBegin = late(.unreachable, "the model did not begin to answer in time")
  fileprivate static let standsStill = late(.incomplete, "the model's answer stood still for too long")

  private static func late(_ kind: ProviderFailure.Kind, _ message: String) -> InvocationFailure {
    var failure = InvocationFailure(.timedOut, message)
    failure.trouble = kind
    return failure
  }
}
