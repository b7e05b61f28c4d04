import Locking
package import ToolContracts

/// The host's side of calls, as strict as the ABI lets it be, writing down what a plugin does.
package final class CallRecorder: CallReceiver {
  package struct Completion: Equatable {
    package var status: CallStatus
    package var payload: String
    package init(status: CallStatus, payload: String) {
      self.status = status
      self.payload = payload
    }
  }

  private struct Running {
    var changesNothing = false
    var grace: Int64?
    var completion: Completion?
    var events: [CallEvent] = []
    var progress: [CallProgress] = []
    var memory: [UnsafeMutableRawPointer] = []
  }

  /// What every call that is not over has left.
  package static let remainingNanoseconds: Int64 = 5_000_000_000

  private let calls = Condition<[UInt64: Running]>([:])
  private let tenant: TenantID

  package init(tenant: TenantID) { self.tenant = tenant }

  deinit { calls.withLock { for call in $0.values { for memory in call.memory { memory.deallocate() } } } }

  package func begin(_ number: UInt64, changesNothing: Bool = false, grace: Int64? = nil) -> CallHandle {
    calls.withLock { $0[number] = Running(changesNothing: changesNothing, grace: grace) }
    return CallHandle(rawValue: number)
  }

  /// Nobody asks about it any more.
  package func forget(_ call: CallHandle) {
    let gone = calls.withLock { $0.removeValue(forKey: call.rawValue) }
    for memory in gone?.memory ?? [] { memory.deallocate() }
  }

  package func completion(of call: CallHandle) -> Completion? {
    calls.withLock { $0[call.rawValue]?.completion }
  }
  package func events(of call: CallHandle) -> [CallEvent] {
    calls.withLock { $0[call.rawValue]?.events ?? [] }
  }
  package func progress(of call: CallHandle) -> [CallProgress] {
    calls.withLock { $0[call.rawValue]?.progress ?? [] }
  }

  package func waitForEvent(of call: CallHandle) -> CallEvent? {
    calls.wait(nanoseconds: 20_000_000_000) { $0[call.rawValue]?.events.first }
  }

  package func waitForCompletion(of call: CallHandle) -> Completion? {
    calls.wait(nanoseconds: 20_000_000_000) { $0[call.rawValue]?.completion }
  }

  package func complete(_ call: CallHandle, status: CallStatus, payload: UnsafeRawBufferPointer) -> CallStatus
  {
    let completion = Completion(status: status, payload: String(decoding: payload, as: UTF8.self))
    defer { calls.broadcast() }
    return ifRunning(call) { $0.completion = completion }
  }

  package func emit(_ call: CallHandle, event: Int32, data: UnsafeRawBufferPointer) -> CallStatus {
    guard let kind = CallEvent.Kind(rawValue: event) else { return .ok }
    let event = CallEvent(kind: kind, data: Array(data))
    defer { calls.broadcast() }
    return ifRunning(call) { $0.events.append(event) }
  }

  package func progress(_ call: CallHandle, _ progress: CallProgress) -> CallStatus {
    ifRunning(call) { $0.progress.append(progress) }
  }

  package func remainingNanoseconds(_ call: CallHandle) -> Int64 {
    ifRunning(call) { _ in } == .ok ? Self.remainingNanoseconds : 0
  }

  package func info(_ call: CallHandle) -> CallInfo? {
    var found: Running?
    guard ifRunning(call, { found = $0 }) == .ok, let found else { return nil }
    let run = RunID(milliseconds: 1, randomness: 2)
    return CallInfo(
      tenant: tenant, call: CallID(run: run, step: 7), attempt: 3, graceNanoseconds: found.grace,
      changesNothing: found.changesNothing)
  }

  package func attachment(
    _ call: CallHandle, byteCount: Int, fill: (UnsafeMutableRawPointer) -> Void
  ) -> UnsafeMutableRawPointer? {
    var attached: UnsafeMutableRawPointer?
    _ = ifRunning(call) { running in
      if running.memory.isEmpty {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 16)
        fill(memory)
        running.memory = [memory]
      }
      attached = running.memory.first
    }
    return attached
  }

  private func ifRunning(_ call: CallHandle, _ body: (inout Running) -> Void) -> CallStatus {
    calls.withLock { calls in
      guard var running = calls[call.rawValue], running.completion == nil else { return .state }
      body(&running)
      calls[call.rawValue] = running
      return .ok
    }
  }
}

extension ToolBackend {
  package func invoke(_ call: CallHandle, function: Int, _ arguments: String) -> CallStatus {
    var arguments = arguments
    return arguments.withUTF8 { invoke(call, function: function, arguments: UnsafeRawBufferPointer($0)) }
  }
}

/// What plugins logged.
package final class LogRecorder: Sendable {
  private let recorded = Lock<[PluginLogLine]>([])
  package init() {}
  package var lines: [PluginLogLine] { recorded.withLock { $0 } }
  package func forgetAll() { recorded.withLock { $0 = [] } }
  package func write(_ line: PluginLogLine) { recorded.withLock { $0.append(line) } }
}
