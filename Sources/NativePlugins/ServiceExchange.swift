import CPluginServices
import Glibc
import Locking
import PluginABI
import ToolContracts

/// What the running calls of one instance ask of the host's services, and what they were answered. The plugin's thread
/// waits here.
final class ServiceExchange: Sendable {
  private struct Asker {
    let cancellation = Cancellation()
    var deadline: Deadline
    var openQuestions = 0
    var kept: [KeptAnswer] = []
    var keptBytes: UInt64 = 0
  }
  private static let mostQuestions = 16
  private let services: GrantedServices
  private let tenant: TenantID
  private let receiver: any CallReceiver
  private let time: any TimeSource
  private let askers = Lock<[CallHandle: Asker]>([:])

  init(_ services: GrantedServices, for tenant: TenantID, receiver: any CallReceiver, time: any TimeSource) {
    self.services = services
    self.tenant = tenant
    self.receiver = receiver
    self.time = time
    plugin_services_through(exchangeWithHost)
  }

  deinit {
    for call in askers.withLock({ Array($0.keys) }) { ended(call) }
  }

  /// The table of a granted service.
  func table(_ name: UnsafePointer<CChar>) -> UnsafeRawPointer? {
    services[String(cString: name)] == nil ? nil : plugin_service_table(name)
  }

  func ask(
    _ name: String, _ operation: UInt32, _ bytes: [UInt8], for call: CallHandle,
    into answer: inout plugin_service_answer
  ) -> CallStatus {
    guard let service = services[name] else { return .denied }
    let remaining = receiver.remainingNanoseconds(call)
    guard let asker = asker(call, remaining) else { return .busy }
    defer { askers.withLock { $0[call]?.openQuestions -= 1 } }
    // Asked after the asker was put down: a call that ends meanwhile finds it there and takes it away.
    guard let info = receiver.info(call), info.tenant == tenant else {
      ended(call)
      return .state
    }
    guard remaining > 0 else { return abandoned(asker) }
    let request = ServiceRequest(
      operation: operation, call: call, info: info, bytes: bytes, deadline: asker.deadline,
      cancellation: asker.cancellation)
    guard let given = wait(for: service, request) else { return abandoned(asker) }
    let placed = place(given.bytes, for: call, into: &answer)
    // What is said beside a failure is left out where there is no room for it: the failure itself is not.
    return placed == .ok || given.status.rawValue < 0 ? given.status : placed
  }

  /// Whoever asks for this call, with one question more.
  ///
  /// - Returns: nil where it has too many already.
  private func asker(_ call: CallHandle, _ remaining: Int64) -> Asker? {
    let now = time.now()
    return askers.withLock { askers in
      var asker = askers[call] ?? Asker(deadline: now)
      guard asker.openQuestions < Self.mostQuestions else { return nil }
      asker.openQuestions += 1
      // Anew each time: while a person is asked, the call's clock stands still.
      if remaining > 0 { asker.deadline = now.advanced(by: remaining) }
      askers[call] = asker
      return asker
    }
  }

  /// Nobody waits for this call any more.
  func cancel(_ call: CallHandle) { askers.withLock { $0[call]?.cancellation }?.cancel() }

  /// The plugin is done with this call: what it was answered goes.
  func ended(_ call: CallHandle) {
    guard let asker = askers.withLock({ $0.removeValue(forKey: call) }) else { return }
    asker.cancellation.cancel()
    services.ended(call)
  }

  /// - Returns: nil where nobody waits any more.
  private func wait(for service: any HostService, _ request: ServiceRequest) -> ServiceAnswer? {
    let answer = Condition<ServiceAnswer??>(nil)
    let settle = { @Sendable (given: ServiceAnswer?) in
      answer.withLock { if $0 == nil { $0 = .some(given) } }
      answer.broadcast()
    }
    guard let key = request.cancellation.addHandler({ settle(nil) }) else { return nil }
    defer { request.cancellation.removeHandler(key) }
    service.answer(request) { settle($0) }
    while true {
      let remaining = receiver.remainingNanoseconds(request.call)
      if let settled = answer.wait(nanoseconds: remaining, until: { $0 }) { return settled }
      if receiver.remainingNanoseconds(request.call) <= 0 { return nil }
    }
  }

  private func abandoned(_ asker: Asker) -> CallStatus {
    asker.cancellation.cancel()
    return time.now() < asker.deadline ? .cancelled : .deadline
  }

  private func place(
    _ bytes: [UInt8], for call: CallHandle, into answer: inout plugin_service_answer
  ) -> CallStatus {
    let count = UInt64(bytes.count)
    if let buffer = answer.buffer {
      guard count <= answer.capacity else { return .limit }
      UnsafeMutableRawPointer(buffer).copyMemory(from: bytes, byteCount: bytes.count)
      answer.bytes = jf_bytes(ptr: UnsafePointer(buffer), len: count)
      return .ok
    }
    guard !bytes.isEmpty else { return .ok }
    return askers.withLock { askers in
      guard var asker = askers[call] else { return .state }
      guard count <= plugin_service_kept_max() - asker.keptBytes else { return .limit }
      let kept = KeptAnswer(bytes)
      asker.kept.append(kept)
      asker.keptBytes += count
      askers[call] = asker
      answer.bytes = jf_bytes(ptr: kept.start, len: count)
      return .ok
    }
  }
}

/// Bytes that stay where they are until nobody has them.
private final class KeptAnswer: Sendable {
  nonisolated(unsafe) let start: UnsafePointer<UInt8>  // written in `init` and never again

  init(_ bytes: [UInt8]) {
    let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count)
    memory.initialize(from: bytes, count: bytes.count)
    start = UnsafePointer(memory)
  }

  deinit { start.deallocate() }
}

/// What all service tables of this process go through. The lengths were checked by their code.
private func exchangeWithHost(
  _ host: UnsafePointer<jf_host>?, _ service: UnsafePointer<CChar>?, _ operation: UInt32, _ call: jf_call,
  _ parts: UnsafePointer<jf_bytes>?, _ count: UInt32, _ answer: UnsafeMutablePointer<plugin_service_answer>?
) -> jf_status {
  guard let service, let answer else { return CallStatus.argument.rawValue }
  let parts = UnsafeBufferPointer(start: parts, count: Int(count))
  var bytes: [UInt8] = []
  bytes.reserveCapacity(parts.reduce(0) { $0 + Int($1.len) })
  for part in parts { bytes.append(contentsOf: UnsafeBufferPointer(start: part.ptr, count: Int(part.len))) }
  return HostTable.with(host, otherwise: CallStatus.argument.rawValue) { table in
    table.services.ask(
      String(cString: service), operation, bytes, for: CallHandle(rawValue: call), into: &answer.pointee
    ).rawValue
  }
}
