import CWorkerHosting
import CWorkerWire
import Locking
import ToolContracts
import WorkerWire

/// A process with a plugin in it, and every call that is open there. Believes nothing that comes out of it.
///
/// One thread at a time reads what the worker sends: a lane that waits for its call anyway, so that a call costs no change
/// of thread in the host; where no lane waits, the loop's thread.
final class Worker: Sendable {
  /// What it serves, which outlives it.
  struct Setting: Sendable {
    let plugin: String
    let tenant: TenantID
    let services: GrantedServices
    let receiver: any CallReceiver
    let log: InstanceLog
    /// For what the host has to say of the plugin.
    let hostLog: PluginLog
    let time: any TimeSource
    let graceNanoseconds: Int64
  }

  enum End: Sendable, Equatable {
    /// Asked to, with nothing open.
    case closed
    /// By itself.
    case crashed
    case broke(WireViolation)
  }

  struct OpenCall {
    /// Whether a lane waits for it.
    let waits: Bool
    var deadline: Deadline
    /// Since the worker was granted more.
    var eventsTaken = 0
    var isCancelled = false
    let graceNanoseconds: Int64
    var ladder: UInt64?
    var cancellation: Cancellation?
    var questions: Set<UInt64> = []
  }

  enum Reader {
    case nobody
    case lane
    /// The loop, once there is something; a lane may take it over.
    case loop
    /// The loop, at this moment.
    case pump
  }

  struct State {
    var calls: [UInt64: OpenCall] = [:]
    /// Of those, the ones that no lane waits for.
    var looseCalls = 0
    /// What to answer a lane that has not seen it yet: its call is over.
    var results: [UInt64: CallStatus] = [:]
    var reader = Reader.nobody
    var waitingLanes = 0
    /// For a place among the calls that the worker takes at a time.
    var waitingForPlace = 0
    var outbox = Outbox()
    var memories = GivenMemories()
    /// What each open question is about.
    var questions: [UInt64: UInt64] = [:]
    var callsAtATime = 0
    /// No call is begun any more; ends with the last that is open.
    var isRetired = false
    var end: End?
    var loopKey: UInt64?
    /// What the loop waits for under that key.
    var interest: UInt32 = 0
    var alarmKey: UInt64?
  }

  let process: WorkerProcess
  let setting: Setting
  let loop: EventLoop
  let state = Condition(State())
  /// Belongs to whoever is the reader.
  nonisolated(unsafe) let packet = UnsafeMutableRawBufferPointer.allocate(
    byteCount: WIRE_FRAME_MAX, alignment: 16)
  /// Told once, from any thread.
  let ended: @Sendable (Worker, End) -> Void
  /// Told when a call does not end in its grace: no further call should be sent here. Perhaps more than once.
  let overstays: @Sendable (Worker) -> Void

  init(
    _ process: WorkerProcess, _ setting: Setting, loop: EventLoop,
    ended: @escaping @Sendable (Worker, End) -> Void, overstays: @escaping @Sendable (Worker) -> Void
  ) {
    self.process = process
    self.setting = setting
    self.loop = loop
    self.ended = ended
    self.overstays = overstays
  }

  deinit { packet.deallocate() }

  // MARK: Calls

  enum Begin {
    case status(CallStatus)
    /// This worker takes no calls any more; the call was not begun.
    case over
  }

  /// Runs one call. Blocks until it is over where a lane waits for it, else answers `.pending`.
  func call(_ handle: CallHandle, _ header: wire_header, _ payload: UnsafeRawBufferPointer, _ call: OpenCall)
    -> Begin
  {
    while true {
      switch begin(handle.rawValue, header, payload, call) {
      case .over: return .over
      case .go(let reads):
        return .status(call.waits ? wait(for: handle.rawValue, reads: reads) : .pending)
      case .full:
        // Asked each time: meanwhile nobody may be waiting for the call any more.
        let remaining = setting.receiver.remainingNanoseconds(handle)
        guard remaining > 0 else { return .status(.cancelled) }
        waitForPlace(nanoseconds: remaining)
      }
    }
  }

  private enum Turn {
    case over
    case full
    case go(reads: Bool)
  }

  private func begin(
    _ id: UInt64, _ header: wire_header, _ payload: UnsafeRawBufferPointer, _ call: OpenCall
  ) -> Turn {
    state.withLock { state in
      guard state.end == nil, !state.isRetired else { return .over }
      guard state.calls.count < state.callsAtATime else { return .full }
      guard send(header, payload, in: &state) else { return .over }
      state.calls[id] = call
      if !call.waits { state.looseCalls += 1 }
      guard state.reader == .nobody || (call.waits && state.reader == .loop) else { return .go(reads: false) }
      state.reader = call.waits ? .lane : .loop
      if !call.waits { arm(&state) }
      return .go(reads: call.waits)
    }
  }

  private func waitForPlace(nanoseconds: Int64) {
    state.withLock { $0.waitingForPlace += 1 }
    _ = state.wait(nanoseconds: nanoseconds) { state -> Void? in
      state.calls.count < state.callsAtATime || state.isRetired || state.end != nil ? () : nil
    }
    state.withLock { $0.waitingForPlace -= 1 }
  }

  /// Nobody waits for this call any more.
  func cancel(_ handle: CallHandle) {
    let cancellation = state.withLock { state -> Cancellation? in
      guard var call = state.calls[handle.rawValue], !call.isCancelled else { return nil }
      call.isCancelled = true
      call.ladder = loop.schedule(after: call.graceNanoseconds) { [weak self] in
        self?.overstayed(handle.rawValue)
      }
      var header = wire_header(about: WIRE_CANCEL, call: handle.rawValue)
      header.status = call.reason(at: setting.time.now()).rawValue
      _ = send(header, in: &state)
      refuseQuestions(of: &call, header.status, &state)
      state.calls[handle.rawValue] = call
      return call.cancellation
    }
    cancellation?.cancel()
  }

  /// The grace of a cancelled call is over: nothing else ends code that does not want to.
  private func overstayed(_ id: UInt64) {
    let isAlone = state.withLock { state -> Bool? in
      guard state.calls[id] != nil, state.end == nil else { return nil }
      state.isRetired = true
      return state.hasOnlyCancelledCalls
    }
    guard let isAlone else { return }
    overstays(self)
    if isAlone { return process.kill() }
    // Others have done nothing wrong, and get a little time to end in.
    _ = loop.schedule(after: Self.mercy) { [process] in process.kill() }
  }

  /// How long calls may go on beside one that does not end.
  private static let mercy: Int64 = 2_000_000_000

  /// No call is open, and none will be begun: the plugin's own end, and then the process's.
  func close() {
    state.withLock { state in
      state.isRetired = true
      let header = wire_header(about: WIRE_CLOSE, call: 0)
      _ = send(header, in: &state)
    }
    _ = loop.schedule(after: setting.graceNanoseconds) { [process] in process.kill() }
  }
}

extension Worker {
  var hasEnded: Bool { state.withLock { $0.end != nil } }
}

extension Worker.State {
  var hasOnlyCancelledCalls: Bool { calls.values.allSatisfy(\.isCancelled) }
}

extension Worker.OpenCall {
  /// Why nobody waits for it.
  func reason(at now: MonotonicTime) -> CallStatus { now < deadline ? .cancelled : .deadline }
}

extension wire_header {
  init(about type: Int, call: UInt64) {
    self.init()
    self.type = UInt16(type)
    self.call = call
  }
}
