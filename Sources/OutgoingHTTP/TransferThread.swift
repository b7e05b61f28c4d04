import CCurl
import Glibc
import Locking
package import ToolContracts

/// The one thread on which every request of every plugin goes out and comes back.
package final class TransferThread: @unchecked Sendable {
  // @unchecked: `multi`, `transfers` and `nextLook` belong to the thread; everybody else only wakes the first.
  typealias Work = @Sendable (TransferThread) -> Void
  private static let mostTransfers = 1024
  private static let mostOfOneCall = 16
  /// How long connections are kept that nobody uses.
  private static let keepingNanoseconds: Int64 = 60_000_000_000

  private struct Inbox {
    var work: [Work] = []
    var isClosed = false
    var hasEnded = false
    var whenEnded: [@Sendable () -> Void] = []
  }
  let time: any TimeSource
  /// What arrives, for those who read it: they are many, and seldom need this thread.
  private let bodies = Lock<[UInt64: (call: CallHandle, body: ResponseBody)]>([:])
  private let inbox = Lock(Inbox())
  private let multi: UnsafeMutableRawPointer
  private var transfers: [UInt64: Transfer] = [:]
  private var lastTransfer: UInt64 = 0
  /// Of whoever had requests lately, and since when not.
  private var kept: [ObjectIdentifier: (connections: KeptConnections, since: MonotonicTime)] = [:]
  /// Nothing expires before; it may well be later.
  private var nextLook = MonotonicTime(nanoseconds: .max)

  /// - Returns: nil where the system has no memory or thread for it.
  package static func start(time: any TimeSource = SystemTime()) -> TransferThread? {
    guard jf_curl_start() == CURLE_OK, let multi = jf_curl_multi_init() else {
      return nil
    }
    let made = TransferThread(multi, time)
    var thread = pthread_t()
    let context = Unmanaged.passRetained(made)
    let code = pthread_create(
      &thread, nil,
      { argument in
        // Passed in just below, retained for this thread.
        Unmanaged<TransferThread>.fromOpaque(argument!).takeRetainedValue().run()
        return nil
      }, context.toOpaque())
    guard code == 0 else {
      context.release()
      return nil
    }
    pthread_detach(thread)
    return made
  }

  private init(_ multi: UnsafeMutableRawPointer, _ time: any TimeSource) {
    self.multi = multi
    self.time = time
  }

  deinit { jf_curl_multi_cleanup(multi) }

  /// Ends what still goes on; the thread ends soon after.
  package func close() {
    inbox.withLock { $0.isClosed = true }
    jf_curl_multi_wakeup(multi)
  }

  /// Once it has ended, and everything that went on was told.
  package func ended() async {
    await withCheckedContinuation { continuation in
      let hasEnded = inbox.withLock { inbox in
        if !inbox.hasEnded { inbox.whenEnded.append { continuation.resume() } }
        return inbox.hasEnded
      }
      if hasEnded { continuation.resume() }
    }
  }

  /// - Returns: false once it is closed.
  func post(_ work: @escaping Work) -> Bool {
    let isTaken = inbox.withLock { inbox in
      if !inbox.isClosed { inbox.work.append(work) }
      return !inbox.isClosed
    }
    if isTaken { jf_curl_multi_wakeup(multi) }
    return isTaken
  }

  /// Nil where no such transfer of this call goes on.
  func body(_ number: UInt64, of call: CallHandle) -> ResponseBody? {
    bodies.withLock { bodies in bodies[number].flatMap { $0.call == call ? $0.body : nil } }
  }

  // MARK: On the thread

  func begin(_ transfer: Transfer) throws(ServiceRefusal) -> UInt64 {
    let (ofUser, ofCall) = (
      transfers.values.count { $0.client.user == transfer.client.user },
      transfers.values.count { $0.asked.call == transfer.asked.call }
    )
    guard transfers.count < Self.mostTransfers, ofUser < transfer.client.grant.maxConcurrent,
      ofCall < Self.mostOfOneCall
    else { throw ServiceRefusal(.busy, "too many requests at a time") }
    lastTransfer += 1
    guard send(transfer) else { throw ServiceRefusal(.limit, "out of memory") }
    transfers[lastTransfer] = transfer
    let number = lastTransfer
    bodies.withLock { $0[number] = (transfer.asked.call, transfer.body) }
    transfer.whenHeld = { [unowned self] due in nextLook = min(nextLook, due) }
    nextLook = min(nextLook, transfer.nextLook(after: time.now()))
    return lastTransfer
  }

  func transfer(_ number: UInt64, of call: CallHandle) -> Transfer? {
    transfers[number].flatMap { $0.asked.call == call ? $0 : nil }
  }

  /// Nobody reads it any more. Where its end is here already, it came whole and was not broken off.
  func close(_ number: UInt64) {
    if transfers[number]?.isOver == false { takeWhatCame() }
    end(number, .closed)
  }

  func end(_ number: UInt64, _ reason: ServiceRefusal) {
    guard let transfer = transfers.removeValue(forKey: number) else { return }
    bodies.withLock { $0[number] = nil }
    stop(transfer, reason)
  }

  func end(_ call: CallHandle, _ reason: ServiceRefusal) {
    for number in transfers.filter({ $0.value.asked.call == call }).keys { end(number, reason) }
  }

  private func stop(_ transfer: Transfer, _ reason: ServiceRefusal) {
    if let easy = transfer.easy { jf_curl_multi_remove_handle(multi, easy) }
    transfer.abandon(reason)
    discardHandle(of: transfer)
  }

  private func discardHandle(of transfer: Transfer) {
    transfer.discardHandle()
    let (connections, now) = (transfer.client.connections, time.now())
    kept[ObjectIdentifier(connections)] = (connections, now)
    nextLook = min(nextLook, now.advanced(by: Self.keepingNanoseconds))
  }

  private func send(_ transfer: Transfer) -> Bool {
    guard let easy = transfer.makeHandle() else { return false }
    return jf_curl_multi_add_handle(multi, easy) == CURLM_OK
  }

  private func run() {
    while true {
      let (work, isClosed) = inbox.withLock { inbox in
        defer { inbox.work = [] }
        return (inbox.work, inbox.isClosed)
      }
      for item in work { item(self) }
      if isClosed {
        for number in transfers.keys { end(number, ServiceRefusal(.cancelled, "the host ends")) }
        kept = [:]
        let whenEnded = inbox.withLock { inbox in
          inbox.hasEnded = true
          return inbox.whenEnded
        }
        for tell in whenEnded { tell() }
        return
      }
      takeWhatCame()
      jf_curl_multi_poll(multi, patience())
    }
  }

  /// Of all transfers.
  private func takeWhatCame() {
    var running: Int32 = 0
    jf_curl_multi_perform(multi, &running)
    settle()
  }

  private func settle() {
    var left: Int32 = 0
    while let message = jf_curl_multi_info_read(multi, &left)?.pointee {
      guard message.msg == CURLMSG_DONE, let easy = message.easy_handle else { continue }
      let code = message.data.result
      jf_curl_multi_remove_handle(multi, easy)
      // It is kept in `transfers` for as long as its handle is libcurl's.
      guard let transfer = easy.transfer else { continue }
      if transfer.finished(code) {
        if !send(transfer) { transfer.abandon(ServiceRefusal(.limit, "out of memory")) }
      } else {
        discardHandle(of: transfer)
      }
    }
  }

  /// Ends what has taken too long, and connections that nobody has used for long; has go on what has waited for its moment.
  ///
  /// - Returns: milliseconds until there may be something to do.
  private func patience() -> Int32 {
    let now = time.now()
    if now >= nextLook {
      for transfer in transfers.values {
        if transfer.expiry <= now { stop(transfer, ServiceRefusal(ended: CURLE_OPERATION_TIMEDOUT)) }
        transfer.goOnAfterPace(at: now)
      }
      for (key, idle) in kept where idle.since.advanced(by: Self.keepingNanoseconds) <= now {
        // Those in use are told of again once they are not.
        _ = idle.connections.close()
        kept[key] = nil
      }
      let looks =
        transfers.values.map { $0.nextLook(after: now) }
        + kept.values.map { $0.since.advanced(by: Self.keepingNanoseconds) }
      nextLook = looks.min() ?? MonotonicTime(nanoseconds: .max)
    }
    let milliseconds = now.nanoseconds(until: nextLook) / 1_000_000
    return Int32(clamping: min(10_000, max(0, milliseconds) + 1))
  }
}
