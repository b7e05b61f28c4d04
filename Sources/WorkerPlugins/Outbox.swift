import CPluginLoading
import CWorkerHosting
import CWorkerWire
import Glibc
import PluginFiles

/// Packets for one worker, in order. Sent at once as far as there is room; what is left waits for room, so that nobody
/// who has something to send ever waits for a worker.
struct Outbox {
  /// Of packets that wait; a worker that lets more come together does not read.
  static let mostBytes = 16 << 20

  enum Failure: Error {
    /// The worker reads nothing any more, or not for long.
    case broken
  }
  private struct Packet {
    var header: wire_header
    var payload: [UInt8]
    var descriptors: [Descriptor]
  }
  /// Closed when the last packet that names it is gone.
  final class Descriptor: Sendable {
    let owned: OwnedDescriptor
    init(_ owned: consuming OwnedDescriptor) { self.owned = owned }
  }
  private var packets: [Packet] = []
  private var waitingBytes = 0

  var isEmpty: Bool { packets.isEmpty }

  /// - Parameter descriptors: at most two. With a payload too long for a packet, its memory becomes the last of them.
  mutating func send(
    _ header: wire_header, _ payload: UnsafeRawBufferPointer, _ descriptors: [Descriptor] = [],
    to channel: Int32
  ) throws(Failure) {
    var header = header
    header.length = UInt32(payload.count)
    guard payload.count <= WIRE_INLINE_MAX else {
      header.flags |= UInt16(WIRE_IN_MEMORY)
      let memory = plugin_image_seal("jackfield-payload", payload.baseAddress, payload.count)
      guard memory >= 0 else { throw .broken }
      let all = descriptors + [Descriptor(OwnedDescriptor(memory))]
      return try put(header, UnsafeRawBufferPointer(start: nil, count: 0), all, to: channel)
    }
    try put(header, payload, descriptors, to: channel)
  }

  private mutating func put(
    _ header: wire_header, _ payload: UnsafeRawBufferPointer, _ descriptors: [Descriptor], to channel: Int32
  ) throws(Failure) {
    if packets.isEmpty, try Self.trySend(header, payload, descriptors, to: channel) { return }
    waitingBytes += payload.count + MemoryLayout<wire_header>.size
    guard waitingBytes <= Self.mostBytes else { throw .broken }
    packets.append(Packet(header: header, payload: Array(payload), descriptors: descriptors))
  }

  /// Sends what waits, as far as there is room.
  mutating func flush(to channel: Int32) throws(Failure) {
    var sent = 0
    defer { packets.removeFirst(sent) }
    for packet in packets {
      guard try Self.trySend(packet, to: channel) else { return }
      waitingBytes -= packet.payload.count + MemoryLayout<wire_header>.size
      sent += 1
    }
  }

  private static func trySend(_ packet: Packet, to channel: Int32) throws(Failure) -> Bool {
    try packet.payload.withUnsafeBytes { payload in
      Result { () throws(Failure) in
        try trySend(packet.header, payload, packet.descriptors, to: channel)
      }
    }.get()
  }

  /// - Returns: false where there is no room.
  private static func trySend(
    _ header: wire_header, _ payload: UnsafeRawBufferPointer, _ descriptors: [Descriptor], to channel: Int32
  ) throws(Failure) -> Bool {
    var header = header
    let numbers = descriptors.map { $0.owned.number }
    let status = worker_try_send(
      channel, &header, payload.baseAddress, UInt32(payload.count), numbers, UInt32(numbers.count))
    if status == 0 { return true }
    guard status == -EAGAIN else { throw .broken }
    return false
  }
}
