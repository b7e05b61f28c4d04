import Invocation
import JSONRPC
import Locking
import Telemetry
import ToolContracts

/// One client on one pair of descriptors, from its first line to its last answer.
///
/// Reading and calling take turns on the pool's lanes: the task that has read a call hands reading over to a new task and
/// makes the call itself, on the same thread. So a call costs no change of thread, and a slow one delays nobody.
final class Connection: Sendable {
  let server: MCPServer
  let writer: FrameWriter
  let open = OpenRequests()
  let requests: RequestQueue<OpenRequest>
  let streams: ListenStreams
  /// What the server has asked its client, and calls that wait for it to come back.
  let questions: ClientQuestions
  let parked = ParkedCalls()
  let tasks = FlowTasks()
  /// Of the client's last `initialize`; nil before one. Requests that name their revision do not use it.
  let session = Lock<Session?>(nil)
  /// What could not be told because the client does not read.
  let untold = Lock<Set<Change>>([])
  private let reader: FrameReader
  private let ending = Ending()

  init(server: MCPServer, input: Int32, output: Int32) {
    self.server = server
    let reader = FrameReader(input, maxBytes: server.limits.maxFrameBytes)
    self.reader = reader
    writer = FrameWriter(output, highWater: server.limits.queuedBytes) { reader.interrupt() }
    streams = ListenStreams(writer: writer)
    questions = ClientQuestions(writer: writer)
    requests = RequestQueue(maxRunning: server.limits.runningCalls, maxWaiting: server.limits.waitingCalls)
  }

  func stop() {
    ending.stop()
    reader.interrupt()
  }

  /// Runs on the pool's lanes.
  func serve() async -> MCPServer.End {
    let changes = server.changes.add { [self] in tell($0) }
    startReading()
    let end = await ending.wait()
    server.changes.remove(changes)
    streams.endAll()
    writer.flush()
    // Whoever was asked something can no longer answer it.
    parked.cancelUnattended()
    questions.dismissAll()
    let deadline = server.time.now().advanced(by: server.limits.drainNanoseconds)
    if end != .outputClosed { await waitForRequests(until: deadline) }
    open.stopAll()
    parked.cancelUnattended()
    tasks.cancelAll()
    await waitForRequests(until: deadline.advanced(by: 200_000_000))
    let rest = server.time.now().nanoseconds(until: deadline.advanced(by: 300_000_000))
    if !server.lanes.blocking({ writer.close(withinNanoseconds: max(0, rest)) }) {
      server.log.warning("the client left before it had all of its answers")
    }
    return end
  }

  private func waitForRequests(until deadline: Deadline) async {
    let timer = Lock<Int?>(nil)
    await requests.waitUntilIdle { key in
      let scheduled = server.lanes.schedule(at: deadline) { [requests] in requests.giveUp(key) }
      timer.withLock { $0 = scheduled }
    }
    if let key = timer.withLock({ $0 }) { server.lanes.unschedule(key) }
  }

  // MARK: Reading

  private func startReading() {
    Task(executorPreference: server.lanes) { await self.read() }
  }

  private func read() async {
    while true {
      if writer.failure != nil { return ending.end(.outputClosed) }
      if ending.isStopped { return ending.end(.stopped) }
      // Who does not read its answers gets no further question in.
      if writer.isCongested { server.lanes.blocking { reader.waitForHangUp() } }
      tellWhatIsUntold()
      switch server.lanes.blocking({ reader.read() }) {
      case .interrupted: continue
      case .failed(let errno): return ending.end(.inputFailed(errno: errno))
      case .frames(let frames, let hasEnded):
        var ready = frames.compactMap(accept)
        writer.flush()
        guard let last = ready.popLast() else {
          if hasEnded { return ending.end(.endOfInput) }
          continue
        }
        for request in ready { Task(executorPreference: server.lanes) { await self.run(request) } }
        if hasEnded { ending.end(.endOfInput) } else { startReading() }
        return await run(last)
      }
    }
  }

  /// Works on a request that was admitted, and then on those that waited for its place.
  private func run(_ admitted: OpenRequest) async {
    var next: OpenRequest? = admitted
    while var request = next {
      if let port = request.asker.lendable {
        request.lender = LendingAsker(port, requests) { [self] next in
          Task(executorPreference: server.lanes) { await self.run(next) }
        }
      }
      let outcome = await server.perform(request)
      request.lender?.end()
      switch request.asker {
      case .nobody, .unaskable, .session: request.respond(outcome(request.answer), open, writer)
      case .parked(let call): parked.finish(call, outcome)
      }
      next = requests.finished()
      if next != nil { await writer.waitForRoom() }
    }
  }
}

extension OpenRequest {
  /// Sends the answer, unless the client took the request back.
  func respond(_ frame: [UInt8], _ open: OpenRequests, _ writer: FrameWriter) {
    listener?.close()
    if open.close(answer.id, cancellation) { writer.send(frame) }
  }
}

/// Tells the one task that waits for it how a connection's input ended.
private final class Ending: Sendable {
  private struct State {
    var isStopped = false
    var end: MCPServer.End?
    var waiter: UnsafeContinuation<MCPServer.End, Never>?
  }
  private let state = Lock(State())

  var isStopped: Bool { state.withLock { $0.isStopped } }
  func stop() { state.withLock { $0.isStopped = true } }

  func end(_ end: MCPServer.End) {
    let waiter = state.withLock { state in
      state.end = end
      return state.waiter.take()
    }
    waiter?.resume(returning: end)
  }

  func wait() async -> MCPServer.End {
    await withUnsafeContinuation { continuation in
      let end: MCPServer.End? = state.withLock { state in
        if state.end == nil { state.waiter = continuation }
        return state.end
      }
      if let end { continuation.resume(returning: end) }
    }
  }
}
