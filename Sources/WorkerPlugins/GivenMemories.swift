import CWorkerHosting
import CWorkerWire
import PluginFiles
import WorkerWire

/// Memory that a worker was given for payloads too long for a packet, until a frame of it names it.
struct GivenMemories {
  private struct Memory {
    let descriptor: Outbox.Descriptor
    let byteCount: Int
    let call: UInt64
  }
  private var memories: [UInt32: Memory] = [:]
  private var totalBytes = 0
  private var nextNumber: UInt32 = 0

  var isFull: Bool { memories.count >= WIRE_MEMORIES_MAX }

  /// - Returns: nil where it would be too much, or the system has none.
  mutating func give(byteCount: Int, for call: UInt64) -> (number: UInt32, descriptor: Outbox.Descriptor)? {
    guard totalBytes + byteCount <= WIRE_MEMORY_TOTAL else { return nil }
    let made = worker_memory(UInt32(byteCount))
    guard made >= 0 else { return nil }
    repeat { nextNumber &+= 1 } while memories[nextNumber] != nil
    let memory = Memory(
      descriptor: Outbox.Descriptor(OwnedDescriptor(made)), byteCount: byteCount, call: call)
    memories[nextNumber] = memory
    totalBytes += byteCount
    return (nextNumber, memory.descriptor)
  }

  /// Takes one back, for whoever copies the first `count` bytes of it.
  mutating func take(
    _ number: UInt32, of call: UInt64, count: Int
  ) throws(WireViolation) -> Outbox.Descriptor {
    guard let memory = memories[number], memory.call == call, count <= memory.byteCount else {
      throw WireViolation("memory \(number), which it was not given, or not so long")
    }
    memories[number] = nil
    totalBytes -= memory.byteCount
    return memory.descriptor
  }

  /// The call is over: what it was given and did not use is nobody's any more.
  mutating func drop(of call: UInt64) {
    guard !memories.isEmpty else { return }
    for (number, memory) in memories where memory.call == call {
      memories[number] = nil
      totalBytes -= memory.byteCount
    }
  }
}
