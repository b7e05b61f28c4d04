import Admission
import Synchronization
import Telemetry
package import ToolContracts

extension LanePool {
  /// Runs one call and answers when it is settled: by the plugin, at its deadline or by `cancellation`, whichever comes
  /// first. At its deadline means within about a millisecond, whatever the plugin does.
  package func call(_ call: LaneCall, cancellation: Cancellation? = nil) async -> CallReturn {
    guard let (slot, index) = table.acquire() else {
      call.gate?.leave()
      return .returned(.busy, [])
    }
    var cancellationKey: Int?
    let answer = await withUnsafeContinuation { (continuation: UnsafeContinuation<CallReturn, Never>) in
      slot.pointee.lock()
      slot.pointee.call = call
      slot.pointee.continuation = continuation
      let handle = table.handle(of: slot, index: index)
      slot.pointee.deadline.store(call.deadline.nanoseconds, ordering: .sequentiallyConsistent)
      slot.pointee.unlock()
      cancellationKey = cancellation?.addHandler { [self] in abandon(handle, because: .cancelled) }
      if let lane = Lane.current, lane.pool === self {
        // A call that was cancelled before it began may still be there; it only needs to be put away.
        if let earlier = lane.pendingCall { push(.call(earlier)) }
        lane.pendingCall = handle
      } else {
        push(.call(handle))
      }
      watchdog.wake(for: call.deadline)
    }
    if let cancellationKey { cancellation?.removeHandler(cancellationKey) }
    return answer
  }

  enum AfterRun {
    case goOn
    /// The call was given up meanwhile, and another lane has taken this one's place.
    case replaced
  }

  /// Runs the function of a call on this thread.
  func run(_ handle: CallHandle, on lane: Lane) -> AfterRun {
    let begun = table.withSlot(handle) { slot, index -> LaneCall? in
      if slot.pointee.continuation == nil {
        // Settled while it waited for a lane: the plugin never hears of it.
        slot.pointee.hasReturned = true
        slot.pointee.hasCompleted = true
        table.release(slot, index: index)
        return nil
      }
      slot.pointee.lane = Unmanaged.passUnretained(lane)
      return slot.pointee.call
    }
    guard let call = begun ?? nil else { return .goOn }
    lane.current = handle
    lane.staged = nil
    lane.isInsidePlugin.store(true, ordering: .relaxed)
    let status = invoke(call, as: handle)
    lane.isInsidePlugin.store(false, ordering: .relaxed)
    lane.current = nil
    return returned(handle, status: status, staged: lane.staged.take(), mayPend: call.mayPend)
  }

  private func invoke(_ call: LaneCall, as handle: CallHandle) -> CallStatus {
    guard call.mayPend else {
      return call.arguments.withUnsafeBytes { call.ask(handle, $0) }
    }
    // The arguments must stay where they are until the call is complete, which may be long after this returns.
    let count = call.arguments.count
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, count), alignment: 16)
    memory.copyMemory(from: call.arguments, byteCount: count)
    guard table.withSlot(handle, { slot, _ in slot.pointee.keptArguments = memory }) != nil else {
      memory.deallocate()
      return .internal
    }
    let arguments = UnsafeRawBufferPointer(start: memory, count: count)
    return call.ask(handle, arguments)
  }

  private func returned(
    _ handle: CallHandle, status: CallStatus, staged: CallReturn?, mayPend: Bool
  ) -> AfterRun {
    var resume: (SettledCall, CallReturn)?
    let wasReplaced = table.withSlot(handle) { slot, index -> Bool in
      slot.pointee.hasReturned = true
      slot.pointee.lane = nil
      let goesOn = status == .pending && mayPend && staged == nil
      if !goesOn, !slot.pointee.hasCompleted {
        slot.pointee.hasCompleted = true
        if let settled = slot.pointee.settle() {
          // A function that answers PENDING without having said that it may has a defect.
          let unasked = CallReturn.returned(status == .pending ? .internal : status, [])
          resume = (settled, staged ?? unasked)
        } else {
          lateResults.wrappingAdd(1, ordering: .relaxed)
        }
      }
      let wasReplaced = slot.pointee.laneWasReplaced
      if slot.pointee.isDone { table.release(slot, index: index) }
      return wasReplaced
    }
    if let (settled, answer) = resume { settled.resume(returning: answer) }
    return wasReplaced == true ? .replaced : .goOn
  }

  /// Answers the caller in the plugin's stead, and tells the plugin. Does nothing for a call that is settled.
  func abandon(_ handle: CallHandle, because reason: CallStatus) {
    typealias Abandoned = (
      settled: SettledCall, call: LaneCall, lane: Lane?, hasBegun: Bool
    )
    let abandoned = table.withSlot(handle) { slot, _ -> Abandoned? in
      guard let call = slot.pointee.call, let settled = slot.pointee.settle() else {
        return nil
      }
      slot.pointee.abandoned = reason
      let lane = slot.pointee.lane?.takeUnretainedValue()
      slot.pointee.laneWasReplaced = lane != nil
      return (settled, call, lane, lane != nil || slot.pointee.hasReturned)
    }
    guard case .some(.some(let given)) = abandoned else { return }
    if let lane = given.lane {
      writeOff(lane)
      tellIfLost(handle, given.call.info)
    }
    given.settled.resume(returning: reason == .deadline ? .timedOut : .cancelled)
    if given.hasBegun { push(.cancel(handle, given.call.backend)) }
  }

  /// A plugin that minds its cancellation is back within moments; of one that is not, the operator hears.
  private func tellIfLost(_ handle: CallHandle, _ info: CallInfo) {
    _ = schedule(at: time.now().advanced(by: 1_000_000_000)) { [weak self] in
      guard let self, isInUse(handle) else { return }
      log.warning(
        "a plugin keeps the thread of a call that was given up a second ago",
        ["tenant": "\(info.tenant)", "call": "\(info.call)", "lost_threads": "\(counts.lost)"])
    }
  }

  /// Whether the plugin still owes something for this call.
  func isInUse(_ handle: CallHandle) -> Bool { table.withSlot(handle) { _, _ in true } ?? false }
}

extension LaneCall {
  @inline(__always)
  fileprivate func ask(_ handle: CallHandle, _ arguments: UnsafeRawBufferPointer) -> CallStatus {
    switch purpose {
    case .invoke: backend.invoke(handle, function: function, arguments: arguments)
    case .reconcile: backend.reconcile(handle, function: function, arguments: arguments)
    case .preview: backend.preview(handle, function: function, arguments: arguments)
    }
  }
}
