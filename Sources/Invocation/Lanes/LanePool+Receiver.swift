import Synchronization
package import ToolContracts

// What plugins call while their functions run. From any thread, with any handle.
extension LanePool: CallReceiver {
  package func complete(_ call: CallHandle, status: CallStatus, payload: UnsafeRawBufferPointer) -> CallStatus
  {
    finish(call) { $0.answer(status, payload) }
  }

  package func completeTooLarge(_ call: CallHandle, byteCount: Int) -> CallStatus {
    finish(call) { _ in .tooLarge(byteCount: byteCount) }
  }

  package func mostResultBytes(_ call: CallHandle) -> Int {
    table.withSlot(call) { slot, _ in slot.pointee.call?.maxResultBytes ?? 0 } ?? 0
  }

  /// - Parameter answer: what the caller gets; asked with the slot's lock held, and only where there is one.
  private func finish(_ call: CallHandle, _ answer: (borrowing CallSlot) -> CallReturn) -> CallStatus {
    if let lane = Lane.current, lane.current == call { return stage(call, on: lane, answer) }
    var resume: (SettledCall, CallReturn)?
    let status = table.withSlot(call) { slot, index -> CallStatus in
      guard !slot.pointee.hasCompleted else { return .state }
      slot.pointee.hasCompleted = true
      var status = CallStatus.state
      if let settled = slot.pointee.settle() {
        resume = (settled, answer(slot.pointee))
        status = .ok
      } else {
        lateResults.wrappingAdd(1, ordering: .relaxed)
      }
      if slot.pointee.isDone { table.release(slot, index: index) }
      return status
    }
    if let (settled, result) = resume { settled.resume(returning: result) }
    return status ?? .state
  }

  /// Completed from within `invoke`: kept until that returns, since a caller that was resumed would wait for this thread.
  private func stage(
    _ call: CallHandle, on lane: Lane, _ answer: (borrowing CallSlot) -> CallReturn
  ) -> CallStatus {
    guard lane.staged == nil else { return .state }
    return table.withSlot(call) { slot, _ in
      guard slot.pointee.continuation != nil else { return .state }
      lane.staged = answer(slot.pointee)
      return .ok
    } ?? .state
  }

  package func emit(_ call: CallHandle, event: Int32, data: UnsafeRawBufferPointer) -> CallStatus {
    let kind = CallEvent.Kind(rawValue: event)
    return observe(call) { observer, id in
      // What a newer plugin has to say beyond that, nobody here would understand.
      guard let kind else { return }
      observer.received(CallEvent(kind: kind, data: [UInt8](data)), from: id)
    }
  }

  package func progress(_ call: CallHandle, _ progress: CallProgress) -> CallStatus {
    observe(call) { observer, id in observer.progressed(progress, of: id) }
  }

  private func observe(_ call: CallHandle, _ tell: (any CallObserver, CallID) -> Void) -> CallStatus {
    var found: (any CallObserver, CallID)?
    let status = table.withSlot(call) { slot, _ -> CallStatus in
      guard slot.pointee.continuation != nil else { return slot.pointee.abandoned ?? .state }
      if let call = slot.pointee.call, let observer = call.observer { found = (observer, call.info.call) }
      return .ok
    }
    if let (observer, id) = found { tell(observer, id) }
    return status ?? .state
  }

  package func remainingNanoseconds(_ call: CallHandle) -> Int64 {
    let deadline = table.withSlot(call) { slot, _ in
      slot.pointee.continuation == nil ? nil : slot.pointee.deadline.load(ordering: .relaxed)
    }
    guard case .some(.some(let deadline)) = deadline else { return 0 }
    return max(0, time.now().nanoseconds(until: Deadline(nanoseconds: deadline)))
  }

  package func info(_ call: CallHandle) -> CallInfo? {
    table.withSlot(call) { slot, _ in slot.pointee.call?.info } ?? nil
  }

  package func attachment(
    _ call: CallHandle, byteCount: Int, fill: (UnsafeMutableRawPointer) -> Void
  ) -> UnsafeMutableRawPointer? {
    table.withSlot(call) { slot, _ in
      if let memory = slot.pointee.attachment { return memory }
      let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 16)
      fill(memory)
      slot.pointee.attachment = memory
      return memory
    }
  }
}
