import CWorkerHosting
import CWorkerWire
import Locking
import PluginFiles
import ToolContracts
import WorkerWire

// What a worker that has its plugin says. On the reader's thread; a packet's bytes are gone with the next one.
extension Worker {
  /// - Returns: whether the call `mine` is over.
  func take(_ message: WorkerMessage, for mine: UInt64?) throws(WireViolation) -> Bool {
    switch message {
    case .complete(let id, let status, let payload):
      try completed(id, mine, payload) { _ = setting.receiver.complete($0, status: status, payload: $1) }
      return id == mine
    case .completeWithoutResult(let id, let byteCount):
      let nothing = WirePayload.inline(UnsafeRawBufferPointer(start: nil, count: 0))
      try completed(id, mine, nothing) { (handle, _) in
        _ = setting.receiver.completeTooLarge(handle, byteCount: byteCount)
      }
      return id == mine
    case .emit(let id, let kind, let payload): try emitted(id, kind, payload)
    case .progress(let id, let progress):
      _ = try state.withLock { (state) throws(WireViolation) in try state.openCall(id) }
      _ = setting.receiver.progress(CallHandle(rawValue: id), progress)
    case .log(let level, let message, let fields):
      setting.log.write(level: level, message: message, fields: fields)
    case .service(let id, let request, let operation, let payload):
      try asked(id, request, operation, payload)
    case .memoryWanted(let id, let request, let byteCount, let user):
      try wanted(id, request, byteCount, user)
    case .ready, .failed:
      throw WireViolation("a second answer to LOAD")
    }
    return false
  }

  // MARK: Results

  private typealias Taken = (call: OpenCall, memory: Outbox.Descriptor?, isLast: Bool, isAwaited: Bool)

  private func completed(
    _ id: UInt64, _ mine: UInt64?, _ payload: WirePayload,
    _ report: (CallHandle, UnsafeRawBufferPointer) -> Void
  ) throws(WireViolation) {
    let handle = CallHandle(rawValue: id)
    let taken = try state.withLock { (state) throws(WireViolation) -> Taken in
      var call = try state.openCall(id)
      let given = try state.takeMemory(of: payload, for: id)
      state.memories.drop(of: id)
      refuseQuestions(of: &call, CallStatus.state.rawValue, &state)
      state.calls[id] = nil
      if !call.waits { state.looseCalls -= 1 }
      return (call, given, state.isRetired && state.calls.isEmpty, state.waitingForPlace > 0)
    }
    if let ladder = taken.call.ladder { loop.unschedule(ladder) }
    defer {
      if let cancellation = taken.call.cancellation {
        cancellation.cancel()
        setting.services.ended(handle)
      }
      let isOfAnother = taken.call.waits && id != mine
      if isOfAnother { state.withLock { $0.results[id] = .ok } }
      if isOfAnother || taken.isAwaited { state.broadcast() }
      if taken.isLast { close() }
    }
    try read(payload, taken.memory) { report(handle, $0) }
  }

  /// Hands over the bytes of a payload, copied once where they are in `memory`, which the worker can still write to.
  func read<Result>(
    _ payload: WirePayload, _ memory: Outbox.Descriptor?,
    _ body: (UnsafeRawBufferPointer) throws(WireViolation) -> Result
  ) throws(WireViolation) -> Result {
    switch payload {
    case .inline(let bytes): return try body(bytes)
    case .memory(_, let count):
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
      defer { copy.deallocate() }
      guard let memory, worker_memory_read(memory.owned.number, copy.baseAddress, UInt32(count)) else {
        throw WireViolation("memory that cannot be read")
      }
      return try body(UnsafeRawBufferPointer(copy))
    }
  }

  // MARK: Events

  private func emitted(_ id: UInt64, _ kind: Int32, _ payload: WirePayload) throws(WireViolation) {
    let memory = try state.withLock { (state) throws(WireViolation) -> Outbox.Descriptor? in
      _ = try state.openCall(id)
      return try state.takeMemory(of: payload, for: id)
    }
    try read(payload, memory) {
      _ = setting.receiver.emit(CallHandle(rawValue: id), event: kind, data: $0)
    }
    state.withLock { state in
      guard var call = state.calls[id] else { return }
      call.eventsTaken += 1
      if call.eventsTaken == Self.creditsAtATime {
        var header = wire_header(about: WIRE_CREDIT, call: id)
        header.count = UInt32(call.eventsTaken)
        call.eventsTaken = 0
        _ = send(header, in: &state)
      }
      state.calls[id] = call
    }
  }

  private static let creditsAtATime = WIRE_EMIT_CREDITS / 2

  // MARK: Memory

  private func wanted(
    _ id: UInt64, _ request: UInt64, _ byteCount: Int, _ user: UInt32
  ) throws(WireViolation) {
    let most = Int(user) == WIRE_COMPLETE ? setting.receiver.mostResultBytes(CallHandle(rawValue: id)) : .max
    try state.withLock { (state) throws(WireViolation) in
      _ = try state.openCall(id)
      guard !state.memories.isFull else { throw WireViolation("more memories than there may be") }
      var header = wire_header(about: WIRE_MEMORY, call: id)
      header.request = request
      header.status = CallStatus.limit.rawValue
      var descriptors: [Outbox.Descriptor] = []
      if byteCount <= most, let given = state.memories.give(byteCount: byteCount, for: id) {
        header.status = CallStatus.ok.rawValue
        header.memory = given.number
        header.count = UInt32(byteCount)
        descriptors = [given.descriptor]
      }
      _ = send(header, with: descriptors, in: &state)
    }
  }
}

extension Worker.State {
  func openCall(_ id: UInt64) throws(WireViolation) -> Worker.OpenCall {
    guard let call = calls[id] else { throw WireViolation("a packet about call \(id), which is not open") }
    return call
  }

  /// Takes back the memory that a payload is in; nil for one in its packet.
  mutating func takeMemory(of payload: WirePayload, for call: UInt64) throws(WireViolation) -> Outbox
    .Descriptor?
  {
    guard case .memory(let number, let count) = payload else { return nil }
    return try memories.take(number, of: call, count: count)
  }
}
