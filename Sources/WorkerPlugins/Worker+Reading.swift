import CWorkerHosting
import CWorkerWire
import Glibc
import Locking
import PluginFiles
import ToolContracts
import WorkerWire

extension Worker {
  /// Begins to watch for its end.
  func listen() {
    let interest = EventLoop.Interest.readable | EventLoop.Interest.once
    let key = loop.add(process.alarm.number, interest) { [weak self] in self?.processIsGone() }
    state.withLock { $0.alarmKey = key }
  }

  /// Blocks until the call is over. For the lane that it was begun on.
  ///
  /// - Parameter reads: whether this thread is the reader already.
  func wait(for id: UInt64, reads: Bool) -> CallStatus {
    enum Turn {
      case result(CallStatus)
      case read
    }
    var reads = reads
    while true {
      if reads, readOne(for: id, waits: true) == .mine {
        letGo()
        return .ok
      }
      var isCounted = false
      let turn = state.wait { state -> Turn? in
        let result = state.results.removeValue(forKey: id)
        if result == nil, !reads, state.reader != .nobody, state.reader != .loop {
          if !isCounted { state.waitingLanes += 1 }
          isCounted = true
          return nil
        }
        if isCounted { state.waitingLanes -= 1 }
        if let result { return .result(result) }
        state.reader = .lane
        return .read
      }
      switch turn {
      case .read: reads = true
      case .result(let status):
        if reads { letGo() }
        return status
      }
    }
  }

  /// This thread reads no more: somebody else does, if anybody needs it.
  private func letGo() {
    let wakes = state.withLock { state in
      state.reader = .nobody
      guard state.end == nil, state.waitingLanes == 0 else { return true }
      if state.looseCalls > 0 {
        state.reader = .loop
        arm(&state)
      }
      return false
    }
    if wakes { state.broadcast() }
  }

  // MARK: The loop

  /// With the lock held: has the loop wait for what is to be read, and for room for what is to be sent. It goes on waiting
  /// for what a lane has begun to read, until it is told of some: most often the lane is done by then.
  func arm(_ state: inout State) {
    var interest: UInt32 = 0
    if state.reader == .loop { interest |= EventLoop.Interest.readable }
    if !state.outbox.isEmpty { interest |= EventLoop.Interest.writable }
    guard interest != state.interest else { return }
    state.interest = interest
    switch (state.loopKey, interest) {
    case (let key?, 0):
      // Of a descriptor that is known to it the loop is told the end, wanted or not.
      loop.remove(key, process.channel.number)
      state.loopKey = nil
    case (let key?, _): loop.change(key, process.channel.number, interest)
    case (nil, _):
      state.loopKey = loop.add(process.channel.number, interest) { [weak self] in self?.channelIsReady() }
    }
  }

  private func channelIsReady() {
    enum Next {
      case read
      case nothing
      case over
    }
    let next = state.withLock { state -> Next in
      guard state.end == nil else { return .nothing }
      do throws(Outbox.Failure) { try state.outbox.flush(to: process.channel.number) } catch { return .over }
      if state.reader == .loop {
        state.reader = .pump
        return .read
      }
      arm(&state)
      return .nothing
    }
    switch next {
    case .nothing: break
    case .over: over(.crashed)
    case .read:
      // Not for ever: other workers have a right to the loop as well.
      for _ in 0..<64 {
        guard readOne(for: nil, waits: false) == .other else { break }
      }
      letGo()
    }
  }

  /// Its channel may be in somebody's hands still; its own packets are all there.
  private func processIsGone() {
    shutdown(process.channel.number, Int32(SHUT_RDWR))
    let reads = state.withLock { state in
      guard state.end == nil, state.reader == .nobody || state.reader == .loop else { return false }
      state.reader = .pump
      return true
    }
    guard reads else { return }
    while readOne(for: nil, waits: false) == .other {}
    over(.crashed)
    letGo()
  }

  // MARK: Packets

  enum Read {
    /// The call that this thread waits for is over.
    case mine
    case other
    /// There is none now.
    case none
    /// The worker's end; it was told.
    case end
  }

  /// For the reader alone.
  private func readOne(for id: UInt64?, waits: Bool) -> Read {
    let length = worker_receive(process.channel.number, packet.baseAddress, UInt32(packet.count), waits)
    guard length > 0 else {
      if length == -Int(EAGAIN) { return .none }
      over(.crashed)
      return .end
    }
    do throws(WireViolation) {
      let bytes = UnsafeRawBufferPointer(rebasing: packet[..<min(length, packet.count)])
      return try take(WorkerMessage(bytes, length: length), for: id) ? .mine : .other
    } catch {
      over(.broke(error))
      return .end
    }
  }

  // MARK: The end

  /// Ends the process and everything that is open. Only the first reason counts.
  func over(_ reason: End) {
    typealias Left = (calls: [UInt64: OpenCall], keys: [(UInt64, Int32)], reason: End)
    let left = state.withLock { state -> Left? in
      guard state.end == nil else { return nil }
      let reason = reason == .crashed && state.isRetired && state.calls.isEmpty ? .closed : reason
      state.end = reason
      defer {
        state.calls = [:]
        state.looseCalls = 0
        state.questions = [:]
        state.outbox = Outbox()
        state.memories = GivenMemories()
      }
      let keys = [(state.loopKey, process.channel.number), (state.alarmKey, process.alarm.number)]
      return (state.calls, keys.compactMap { key, number in key.map { ($0, number) } }, reason)
    }
    guard let left else { return }
    process.kill()
    for (key, number) in left.keys { loop.remove(key, number) }
    for (id, call) in left.calls { lost(CallHandle(rawValue: id), call) }
    state.withLock { state in
      for (id, call) in left.calls where call.waits { state.results[id] = .crashed }
    }
    state.broadcast()
    ended(self, left.reason)
  }

  private func lost(_ handle: CallHandle, _ call: OpenCall) {
    if let ladder = call.ladder { loop.unschedule(ladder) }
    call.cancellation?.cancel()
    setting.services.ended(handle)
    var sentence = "its process ended"
    sentence.withUTF8 { text in
      _ = setting.receiver.complete(handle, status: .crashed, payload: UnsafeRawBufferPointer(text))
    }
  }
}
