internal import PluginABI

/// How loud a log line is.
public enum LogLevel: Int32, Sendable {
  case debug = 0
  case info = 1
  case warning = 2
  case error = 3
}

/// What happened to an event.
public enum Delivery: Sendable {
  case sent
  /// The reader is behind: try again later, or leave the event out.
  case readerIsBehind
}

/// The call that is being answered: who asks, how long they still wait, and the way to tell them how far it is.
///
/// Valid in any thread until the call has been answered; after that it answers as for a call nobody waits for.
public struct CallContext: Sendable {
  let host: Host
  let call: UInt64

  /// On whose behalf the call runs.
  public var tenant: String { host.info(call) { $0.tenant.string } ?? "" }
  /// The run that this call is a step of; for logs.
  public var run: String { host.info(call) { $0.run.string } ?? "" }
  /// The same for every attempt of this step, and different for every other step. Hand it to whatever can use it to
  /// make sure that a repeated call has its effect once.
  public var idempotencyKey: String { host.info(call) { $0.idempotency_key.string } ?? "" }
  /// 1 for the first try; a higher one may be a repetition after a crash.
  public var attempt: Int { host.info(call) { Int($0.attempt) } ?? 1 }

  /// Time until the deadline; zero or less once it has passed, or once nobody waits.
  public var remaining: Duration { .nanoseconds(host.remainingNanoseconds(call)) }
  /// Whether nobody waits for an answer any more.
  public var isCancelled: Bool { host.remainingNanoseconds(call) <= 0 }

  /// Leaves a call that nobody waits for.
  public func checkCancellation() throws(CallEnded) {
    if isCancelled { throw .cancelled }
  }

  /// Tells how far the call has come.
  /// - Parameters:
  ///   - done: In units of the tool's choice.
  ///   - total: In the same unit; 0 where unknown.
  public func progress(_ done: Double, of total: Double = 0, note: String = "") throws(CallEnded) {
    _ = try host.check(host.progress(call, done, total, note))
  }

  /// Shows one MCP content block (`{"type":"text","text":"…"}`) beside the result.
  public func emitContent(_ block: JSONValue) throws(CallEnded) -> Delivery {
    try emit(Int32(JF_EVENT_CONTENT), block.json)
  }

  /// Writes one line to the host's log; cut at 16 KiB.
  public func log(_ level: LogLevel, _ message: String, fields: [String: JSONValue] = [:]) {
    host.log(level, message, fields: fields)
  }

  func emit(_ event: Int32, _ data: String) throws(CallEnded) -> Delivery {
    try host.check(host.emit(call, event, data))
  }

  /// Answers the call. A status other than `JF_OK` comes with a message for people.
  func complete(_ status: jf_status, _ payload: UnsafeRawBufferPointer) {
    host.complete(call, status, payload)
  }
}
