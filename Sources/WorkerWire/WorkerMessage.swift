import CWorkerWire
package import ToolContracts

/// Where the bytes of a message are.
package enum WirePayload {
  /// In the packet; gone with the next one.
  case inline(UnsafeRawBufferPointer)
  /// The first `count` bytes of the memory that the host gave out as `number`.
  case memory(number: UInt32, count: Int)
}

/// Why a worker could not take its plugin in.
package enum LoadFailure: UInt32, Sendable {
  case confinement = 1
  case load
  case table
  case incompatible
  case open
}

/// One packet of a worker, held against every rule that the packet alone can break. What its numbers mean, and whether
/// they mean anything, is for who knows the worker's calls.
package enum WorkerMessage {
  case ready(callsAtATime: Int, hasReconcile: Bool, hasPreview: Bool)
  case failed(LoadFailure, sentence: String)
  case complete(call: UInt64, CallStatus, WirePayload)
  /// Completed with a result of so many bytes, more than the host would take.
  case completeWithoutResult(call: UInt64, byteCount: Int)
  case emit(call: UInt64, kind: Int32, WirePayload)
  case progress(call: UInt64, CallProgress)
  case log(level: Int32, message: UnsafeRawBufferPointer, fields: UnsafeRawBufferPointer)
  case service(call: UInt64, request: UInt64, operation: UInt32, WirePayload)
  case memoryWanted(call: UInt64, request: UInt64, byteCount: Int, for: UInt32)

  /// - Parameters:
  ///   - packet: as much of it as there was room for.
  ///   - length: of the packet as it was sent.
  package init(_ packet: UnsafeRawBufferPointer, length: Int) throws(WireViolation) {
    guard length == packet.count else { throw WireViolation("a packet of \(length) bytes") }
    guard packet.count >= MemoryLayout<wire_header>.size else {
      throw WireViolation("a packet without a whole header")
    }
    let header = packet.loadUnaligned(as: wire_header.self)
    let payload = UnsafeRawBufferPointer(rebasing: packet[MemoryLayout<wire_header>.size...])
    try header.checkLength(payload)
    self = try Self.message(header, payload)
  }

  private static func message(
    _ header: wire_header, _ payload: UnsafeRawBufferPointer
  ) throws(WireViolation) -> WorkerMessage {
    switch Int(header.type) {
    case WIRE_COMPLETE: return try complete(header, payload)
    case WIRE_EMIT:
      try header.checkFlags(allowed: WIRE_IN_MEMORY)
      return .emit(
        call: try header.namedCall(), kind: Int32(truncatingIfNeeded: header.kind), header.place(payload))
    case WIRE_PROGRESS: return try progress(header, payload)
    case WIRE_LOG: return try log(header, payload)
    case WIRE_SERVICE:
      try header.checkFlags(allowed: WIRE_IN_MEMORY)
      return .service(
        call: try header.namedCall(), request: try header.namedRequest(), operation: header.kind,
        header.place(payload))
    case WIRE_MEMORY_WANTED: return try memoryWanted(header)
    case WIRE_READY: return try ready(header)
    case WIRE_FAILED: return try failed(header, payload)
    default: throw WireViolation("a packet of type \(header.type)")
    }
  }

  private static func complete(
    _ header: wire_header, _ payload: UnsafeRawBufferPointer
  ) throws(WireViolation) -> WorkerMessage {
    try header.checkFlags(allowed: WIRE_IN_MEMORY | WIRE_LEFT_OUT)
    guard header.status <= CallStatus.ok.rawValue else {
      throw WireViolation("a call completed with status \(header.status)")
    }
    guard header.has(WIRE_LEFT_OUT) else {
      return .complete(
        call: try header.namedCall(), CallStatus(ofPlugin: header.status), header.place(payload))
    }
    guard header.length == 0, !header.has(WIRE_IN_MEMORY) else {
      throw WireViolation("a result that was left out and is there")
    }
    return .completeWithoutResult(call: try header.namedCall(), byteCount: Int(header.count))
  }

  private static func progress(
    _ header: wire_header, _ payload: UnsafeRawBufferPointer
  ) throws(WireViolation) -> WorkerMessage {
    try header.checkFlags(allowed: 0)
    let size = MemoryLayout<wire_progress>.size
    guard payload.count >= size else { throw WireViolation("progress without its numbers") }
    let numbers = payload.loadUnaligned(as: wire_progress.self)
    guard numbers.done.isFinite, numbers.total.isFinite else { throw WireViolation("progress without end") }
    let note = UnsafeRawBufferPointer(rebasing: payload[size...])
    return .progress(
      call: try header.namedCall(),
      CallProgress(
        done: numbers.done, total: numbers.total, note: String(message: note, atMost: 4096)))
  }

  private static func log(
    _ header: wire_header, _ payload: UnsafeRawBufferPointer
  ) throws(WireViolation) -> WorkerMessage {
    try header.checkFlags(allowed: 0)
    guard let (message, fields) = WireTexts.two(in: payload) else {
      throw WireViolation("a log line that is not two texts")
    }
    return .log(level: Int32(truncatingIfNeeded: header.kind), message: message, fields: fields)
  }

  private static func memoryWanted(_ header: wire_header) throws(WireViolation) -> WorkerMessage {
    try header.checkFlags(allowed: 0)
    let users = [WIRE_COMPLETE, WIRE_EMIT, WIRE_SERVICE]
    guard header.count > UInt32(WIRE_INLINE_MAX), users.contains(Int(header.kind)) else {
      throw WireViolation("memory wanted for what needs none")
    }
    return .memoryWanted(
      call: try header.namedCall(), request: try header.namedRequest(), byteCount: Int(header.count),
      for: header.kind)
  }

  private static func ready(_ header: wire_header) throws(WireViolation) -> WorkerMessage {
    try header.checkFlags(allowed: 0)
    guard (1...65536).contains(header.count), header.kind & ~3 == 0 else {
      throw WireViolation("ready for \(header.count) calls")
    }
    return .ready(
      callsAtATime: Int(header.count), hasReconcile: header.kind & 1 != 0, hasPreview: header.kind & 2 != 0)
  }

  private static func failed(
    _ header: wire_header, _ payload: UnsafeRawBufferPointer
  ) throws(WireViolation) -> WorkerMessage {
    try header.checkFlags(allowed: 0)
    guard let failure = LoadFailure(rawValue: header.kind) else {
      throw WireViolation("a failure of kind \(header.kind)")
    }
    return .failed(failure, sentence: String(message: payload, atMost: 4096))
  }
}

extension wire_header {
  fileprivate func has(_ flag: Int) -> Bool { Int(flags) & flag != 0 }

  fileprivate func checkLength(_ payload: UnsafeRawBufferPointer) throws(WireViolation) {
    if has(WIRE_IN_MEMORY) {
      guard payload.isEmpty, length <= UInt32(WIRE_MEMORY_MAX) else {
        throw WireViolation("a payload in memory of \(length) bytes, and \(payload.count) beside it")
      }
    } else if payload.count != Int(length) {
      throw WireViolation("a payload of \(payload.count) bytes that says it has \(length)")
    }
  }

  fileprivate func checkFlags(allowed: Int) throws(WireViolation) {
    guard Int(flags) & ~allowed == 0 else { throw WireViolation("flags \(flags) on type \(type)") }
  }

  fileprivate func namedCall() throws(WireViolation) -> UInt64 {
    guard call != 0 else { throw WireViolation("a packet of type \(type) about no call") }
    return call
  }

  fileprivate func namedRequest() throws(WireViolation) -> UInt64 {
    guard request != 0 else { throw WireViolation("a question without a number") }
    return request
  }

  fileprivate func place(_ payload: UnsafeRawBufferPointer) -> WirePayload {
    has(WIRE_IN_MEMORY) ? .memory(number: memory, count: Int(length)) : .inline(payload)
  }
}
