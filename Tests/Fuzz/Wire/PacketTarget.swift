import ToolContracts
import WorkerWire

/// Whatever a worker sends: it is a message, all of which is in the packet and within its bounds, or a violation.
func packetsAreMessagesOrViolations(_ input: UnsafeBufferPointer<UInt8>) {
  read(UnsafeRawBufferPointer(input))
  // Few inputs name their own length. With it put right, more of them come further.
  let header = 40
  guard input.count >= header else { return }
  var packet = Array(input)
  packet.withUnsafeMutableBytes { bytes in
    bytes.storeBytes(of: UInt32(bytes.count - header), as: UInt32.self)
    read(UnsafeRawBufferPointer(bytes))
  }
}

private func read(_ packet: UnsafeRawBufferPointer) {
  do throws(WireViolation) {
    inspect(try WorkerMessage(packet, length: packet.count), in: packet)
  } catch {
    precondition(!error.reason.isEmpty)
  }
  precondition(
    isViolation(packet, length: packet.count + 1), "a packet that was cut is one, whatever is left of it")
}

private func isViolation(_ packet: UnsafeRawBufferPointer, length: Int) -> Bool {
  do throws(WireViolation) {
    _ = try WorkerMessage(packet, length: length)
    return false
  } catch {
    return true
  }
}

private func inspect(_ message: WorkerMessage, in packet: UnsafeRawBufferPointer) {
  let mostCalls = 65536
  switch message {
  case .ready(let calls, _, _): precondition((1...mostCalls).contains(calls))
  case .failed(_, let sentence): inspect(sentence)
  case .complete(let call, let status, let payload):
    precondition(call != 0 && status.rawValue <= CallStatus.ok.rawValue)
    inspect(payload, in: packet)
  case .completeWithoutResult(let call, let byteCount): precondition(call != 0 && byteCount >= 0)
  case .emit(let call, _, let payload):
    precondition(call != 0)
    inspect(payload, in: packet)
  case .progress(let call, let progress):
    precondition(call != 0 && progress.done.isFinite && progress.total.isFinite)
    inspect(progress.note)
  case .log(_, let message, let fields):
    inspect(message, in: packet)
    inspect(fields, in: packet)
  case .service(let call, let request, _, let payload):
    precondition(call != 0 && request != 0)
    inspect(payload, in: packet)
    if case .inline(let bytes) = payload, let (name, question) = WireTexts.two(in: bytes) {
      inspect(name, in: bytes)
      inspect(question, in: bytes)
    }
  case .memoryWanted(let call, let request, let byteCount, _):
    precondition(call != 0 && request != 0 && byteCount > 0)
  }
}

private func inspect(_ payload: WirePayload, in packet: UnsafeRawBufferPointer) {
  let mostInMemory = 1 << 30
  switch payload {
  case .inline(let bytes): inspect(bytes, in: packet)
  case .memory(_, let count): precondition((0...mostInMemory).contains(count))
  }
}

private func inspect(_ bytes: UnsafeRawBufferPointer, in packet: UnsafeRawBufferPointer) {
  guard let begin = bytes.baseAddress, let all = packet.baseAddress else {
    return precondition(bytes.isEmpty)
  }
  precondition(begin >= all && begin + bytes.count <= all + packet.count)
}

/// A byte that is no UTF-8 becomes three.
private func inspect(_ sentence: String) { precondition(sentence.utf8.count <= 3 * 4096) }
