import CWorkerHosting
import CWorkerWire
import Glibc
import Locking
import PluginFiles
import ToolContracts
import WorkerWire

extension Worker {
  /// What a worker is told to load.
  struct Load: Sendable {
    let image: Outbox.Descriptor
    /// A list of texts, as LOAD has them.
    let texts: [UInt8]
    /// How long loading and opening may take.
    let patienceNanoseconds: Int64
  }

  /// Loads the plugin and opens its instance. Blocks until the worker takes calls. What throws leaves the worker without
  /// use; it ends with its last reference.
  func load(_ load: Load) throws(PluginFailure) {
    let isSent = state.withLock { state in
      state.reader = .lane
      return load.texts.withUnsafeBytes {
        send(wire_header(about: WIRE_LOAD, call: 0), $0, with: [load.image], in: &state)
      }
    }
    guard isSent else { throw PluginFailure(.crashed, "cannot be loaded: its process is gone.") }
    try waitUntilReady(until: setting.time.now().advanced(by: load.patienceNanoseconds))
    state.withLock { $0.reader = .nobody }
    listen()
  }

  private func waitUntilReady(until deadline: Deadline) throws(PluginFailure) {
    while true {
      guard waitForPacket(until: deadline) else {
        throw PluginFailure(.openFailed, "cannot be loaded: it was not ready in time.")
      }
      let length = worker_receive(process.channel.number, packet.baseAddress, UInt32(packet.count), false)
      if length == -Int(EAGAIN) { continue }
      guard length > 0 else {
        throw PluginFailure(.crashed, "cannot be loaded: its process ended meanwhile.")
      }
      if try isReady(UnsafeRawBufferPointer(rebasing: packet[..<min(length, packet.count)]), length) {
        return
      }
    }
  }

  private func isReady(_ bytes: UnsafeRawBufferPointer, _ length: Int) throws(PluginFailure) -> Bool {
    let message: WorkerMessage
    do throws(WireViolation) { message = try WorkerMessage(bytes, length: length) } catch {
      throw PluginFailure(.quarantined, "broke the protocol while it was loaded: \(error.reason).")
    }
    switch message {
    case .ready(let callsAtATime, _, _):
      state.withLock { $0.callsAtATime = callsAtATime }
      return true
    case .failed(let failure, let sentence):
      throw PluginFailure(failure.code, "cannot be loaded: \(sentence)")
    case .log(let level, let message, let fields):
      setting.log.write(level: level, message: message, fields: fields)
      return false
    default:
      throw PluginFailure(.quarantined, "broke the protocol while it was loaded: it spoke of calls.")
    }
  }

  private func waitForPacket(until deadline: Deadline) -> Bool {
    while true {
      let left = setting.time.now().nanoseconds(until: deadline)
      guard left > 0 else { return false }
      var channel = pollfd(fd: process.channel.number, events: Int16(POLLIN), revents: 0)
      let count = poll(&channel, 1, Int32(min(left / 1_000_000 + 1, 60_000)))
      if count > 0 { return true }
      guard count == 0 || errno == EINTR else { return false }
    }
  }
}

extension LoadFailure {
  fileprivate var code: PluginFailure.Code {
    switch self {
    case .confinement: .confinementUnavailable
    case .load: .loadFailed
    case .table: .descriptorMismatch
    case .incompatible: .incompatible
    case .open: .openFailed
    }
  }
}
