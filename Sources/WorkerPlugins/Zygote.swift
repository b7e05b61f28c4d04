import CWorkerHosting
import CWorkerWire
import Glibc
import Locking
import PluginFiles
import ToolContracts

/// The process that workers are forked from: small, single-threaded, without a byte of this one's memory. Started when it
/// is first needed, and again where it has died.
final class Zygote: Sendable {
  /// What it answers a request with.
  struct Reply: Sendable {
    let header: wire_header
    let text: String
    /// The receiver's from now on.
    let descriptors: [Int32]
  }
  typealias Answered = @Sendable (Reply?) -> Void

  private struct Running {
    let pid: pid_t
    let channel: Int32
    let pidfd: Int32
    var loopKey: UInt64
    var waiting: [Answered] = []
    /// By their process ids.
    var workers: [UInt32: Spawned] = [:]
  }
  private struct Spawned {
    let fate: ProcessFate
    let slot: UInt32
  }
  private struct State {
    var running: Running?
    var isStopped = false
    var slots: Set<UInt32> = []
    var nextSlot: UInt32
  }

  private let program: String
  private let runtimeFolder: String
  private let loop: EventLoop
  private let state: Lock<State>

  init(program: String, runtimeFolder: String, loop: EventLoop) {
    self.program = program
    self.runtimeFolder = runtimeFolder
    self.loop = loop
    // Hosts beside each other on one machine begin in different places.
    state = Lock(State(nextSlot: UInt32.random(in: 0..<65536)))
  }

  /// Ends it, and with it every worker.
  func stop() {
    state.withLock { $0.isStopped = true }
    over()
  }

  // MARK: Requests

  /// Asks for the layers that work here. `answered` is called once, on the loop's thread or, where it cannot be asked, on
  /// this one, with nil.
  func hello(_ answered: @escaping Answered) {
    let hello = wire_hello(version: UInt32(WIRE_VERSION), flags: 0)
    send(WIRE_HELLO, withUnsafeBytes(of: hello) { Array($0) }, answered)
  }

  /// Asks for a worker; answered as `hello`.
  func spawn(
    _ layers: Layers, _ confinement: Confinement,
    _ answered: @escaping @Sendable (Result<WorkerProcess, PluginFailure>) -> Void
  ) {
    guard let slot = takeSlot() else {
      return answered(.failure(PluginFailure(.loadFailed, "cannot be run: 65536 workers are running.")))
    }
    let wanted = wire_spawn(
      layers: layers.rawValue, slot: slot, memory_bytes: confinement.memoryBytes,
      cpu_seconds: confinement.processorSeconds ?? 0, file_bytes: 0, descriptors: 0,
      tasks: confinement.tasks ?? 0)
    var payload = withUnsafeBytes(of: wanted) { Array($0) }
    for path in confinement.readablePaths { payload += Array(path.utf8) + [UInt8(ascii: "\n")] }
    send(WIRE_SPAWN, payload) { [self] reply in
      answered(made(reply, slot: slot))
    }
  }

  private func made(_ reply: Reply?, slot: UInt32) -> Result<WorkerProcess, PluginFailure> {
    guard let reply else {
      giveBack(slot)
      return .failure(PluginFailure(.loadFailed, "cannot be run: the program \(program) does not run."))
    }
    guard reply.header.status == 0, reply.descriptors.count == 2 else {
      giveBack(slot)
      for descriptor in reply.descriptors { close(descriptor) }
      return .failure(PluginFailure(.confinementUnavailable, "cannot be confined: \(reply.text)"))
    }
    let process = WorkerProcess(
      channel: OwnedDescriptor(reply.descriptors[0]), alarm: OwnedDescriptor(reply.descriptors[1]))
    state.withLock { $0.running?.workers[reply.header.count] = Spawned(fate: process.fate, slot: slot) }
    return .success(process)
  }

  private func send(_ type: Int, _ payload: [UInt8], _ answered: @escaping Answered) {
    let isSent = state.withLock { state in
      guard !state.isStopped, start(&state), let channel = state.running?.channel else { return false }
      var header = wire_header()
      header.type = UInt16(type)
      header.length = UInt32(payload.count)
      guard payload.count <= WIRE_INLINE_MAX,
        worker_try_send(channel, &header, payload, header.length, nil, 0) == 0
      else { return false }
      state.running?.waiting.append(answered)
      return true
    }
    if !isSent { answered(nil) }
  }

  // MARK: The process

  /// With the lock held. The loop is told under the lock as well: it hears of the channel only after it is known here.
  private func start(_ state: inout State) -> Bool {
    if state.running != nil { return true }
    var arguments: [UnsafeMutablePointer<CChar>?] = []
    defer { for argument in arguments { free(argument) } }
    for argument in [program, "--zygote", runtimeFolder] { arguments.append(strdup(argument)) }
    arguments.append(nil)
    var process = zygote_process()
    guard zygote_start(&arguments, &process) == 0 else { return false }
    let key = loop.add(process.channel, EventLoop.Interest.readable) { [weak self] in self?.receive() }
    state.running = Running(
      pid: process.pid, channel: process.channel, pidfd: process.pidfd, loopKey: key ?? 0)
    return key != nil
  }

  /// On the loop's thread, one frame at a time: it comes again while there are more.
  private func receive() {
    guard let channel = state.withLock({ $0.running?.channel }) else { return }
    var frame = wire_frame()
    let received = withUnsafeTemporaryAllocation(
      byteCount: WIRE_FRAME_MAX, alignment: 16
    ) { packet -> Int32 in
      let start = packet.baseAddress!.assumingMemoryBound(to: UInt8.self)
      let received = wire_receive(channel, start, &frame)
      if received == 1 { take(frame) }
      return received
    }
    if received != 1 { over() }
  }

  private func take(_ frame: wire_frame) {
    if Int(frame.header.type) == WIRE_ENDED { return ended(frame.header) }
    let text = String(
      decoding: UnsafeBufferPointer(
        start: frame.payload, count: frame.payload == nil ? 0 : Int(frame.header.length)),
      as: UTF8.self)
    let numbers = [
      frame.descriptors.0, frame.descriptors.1, frame.descriptors.2, frame.descriptors.3,
    ].prefix(Int(frame.descriptor_count))
    let answered = state.withLock { state -> Answered? in
      guard state.running?.waiting.isEmpty == false else { return nil }
      return state.running?.waiting.removeFirst()
    }
    guard let answered else { return numbers.forEach { close($0) } }
    answered(Reply(header: frame.header, text: text, descriptors: Array(numbers)))
  }

  private func ended(_ header: wire_header) {
    let gone = state.withLock { state -> Spawned? in
      guard let gone = state.running?.workers.removeValue(forKey: header.count) else { return nil }
      state.slots.remove(gone.slot)
      return gone
    }
    let isExit = header.kind == UInt32(CLD_EXITED)
    gone?.fate.ended(isExit ? .exited(header.status) : .killed(signal: header.status))
  }

  /// It is gone, or has to go. Its workers go with it.
  private func over() {
    let running = state.withLock { state in
      state.slots = []
      return state.running.take()
    }
    guard let running else { return }
    loop.remove(running.loopKey, running.channel)
    worker_kill(running.pidfd)
    close(running.channel)
    close(running.pidfd)
    _ = worker_reap(running.pid)
    for answered in running.waiting { answered(nil) }
    for worker in running.workers.values { worker.fate.ended(.lost) }
  }

  // MARK: Slots

  private func takeSlot() -> UInt32? {
    state.withLock { state in
      guard state.slots.count < 65536 else { return nil }
      defer { state.nextSlot = (state.nextSlot + 1) & 0xffff }
      while !state.slots.insert(state.nextSlot).inserted { state.nextSlot = (state.nextSlot + 1) & 0xffff }
      return state.nextSlot
    }
  }

  private func giveBack(_ slot: UInt32) { state.withLock { _ = $0.slots.remove(slot) } }
}
