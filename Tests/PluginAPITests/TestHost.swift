import FoundationEssentials
import PluginABI
import Synchronization

@testable import JackfieldPluginSDK

/// A host of one plugin instance, as far as a plugin can see one: it keeps what the plugin says.
final class TestHost: Sendable {
  struct Completion: Equatable {
    let status: Int
    let payload: String
  }
  struct Event: Equatable {
    let kind: Int
    let data: String
  }
  struct State {
    var completions: [jf_call: [Completion]] = [:]
    var waiting: [jf_call: CheckedContinuation<Completion, Never>] = [:]
    var events: [Event] = []
    var logs: [String] = []
    var emitStatuses: [Int] = []
    var ended: Set<jf_call> = []
    var configuration = Data("{}".utf8)
    var isConfigured = false
  }

  let state = Mutex(State())
  // nonisolated(unsafe): filled in by `init`, and constant until `deinit`.
  nonisolated(unsafe) private let table = UnsafeMutablePointer<jf_host>.allocate(capacity: 1)
  nonisolated(unsafe) private let service = UnsafeMutablePointer<jf_service_config>.allocate(capacity: 1)
  nonisolated(unsafe) private let configuration: UnsafeMutableBufferPointer<UInt8>

  init(configuration: String? = nil) {
    let text = configuration ?? ""
    self.configuration = .allocate(capacity: text.utf8.count)
    _ = self.configuration.initialize(from: text.utf8)
    state.withLock { $0.isConfigured = configuration != nil }
    service.initialize(
      to: jf_service_config(
        size: UInt32(MemoryLayout<jf_service_config>.size), flags: 0,
        json: { jf_bytes(UnsafeRawBufferPointer(TestHost.of($0).configuration)) }))
    table.initialize(
      to: jf_host(
        size: UInt32(MemoryLayout<jf_host>.size), abi: 1 << 16, context: nil,
        service: { host, name in
          guard let name, String(cString: name) == JF_SERVICE_CONFIG else { return nil }
          let host = TestHost.of(host)
          return host.state.withLock { $0.isConfigured } ? UnsafeRawPointer(host.service) : nil
        },
        log: { host, level, message, fields in
          TestHost.of(host).state.withLock { $0.logs.append("\(level) \(message.string) \(fields.string)") }
        },
        complete: { host, call, status, payload in
          TestHost.of(host).complete(call, Completion(status: Int(status), payload: payload.string))
          return jf_status(JF_OK)
        },
        emit: { host, _, kind, data in
          TestHost.of(host).state.withLock { state in
            let status = state.emitStatuses.isEmpty ? JF_OK : state.emitStatuses.removeFirst()
            if status == JF_OK { state.events.append(Event(kind: Int(kind), data: data.string)) }
            return jf_status(status)
          }
        },
        progress: { host, _, done, total, note in
          TestHost.of(host).state.withLock { $0.logs.append("progress \(done)/\(total) \(note.string)") }
          return jf_status(JF_OK)
        },
        remaining_ns: { host, call in
          TestHost.of(host).state.withLock { $0.ended.contains(call) ? 0 : 5_000_000_000 }
        },
        info: { _, _ in UnsafePointer(TestHost.info) }))
    table.pointee.context = Unmanaged.passUnretained(self).toOpaque()
  }

  deinit {
    table.deallocate()
    service.deallocate()
    configuration.deallocate()
  }

  // Constant, as its strings are.
  nonisolated(unsafe) private static let info: UnsafeMutablePointer<jf_call_info> = {
    let info = UnsafeMutablePointer<jf_call_info>.allocate(capacity: 1)
    func text(_ string: StaticString) -> jf_bytes {
      jf_bytes(ptr: string.utf8Start, len: UInt64(string.utf8CodeUnitCount))
    }
    info.initialize(
      to: jf_call_info(
        size: UInt32(MemoryLayout<jf_call_info>.size), attempt: 2, tenant: text("acme"), run: text("run-1"),
        idempotency_key: text("run-1/3")))
    return info
  }()

  private static func of(_ table: UnsafePointer<jf_host>?) -> TestHost {
    guard let context = table?.pointee.context else { fatalError("the plugin lost the host's context") }
    return Unmanaged<TestHost>.fromOpaque(context).takeUnretainedValue()
  }

  private func complete(_ call: jf_call, _ completion: Completion) {
    let waiting = state.withLock { state in
      state.completions[call, default: []].append(completion)
      return state.waiting.removeValue(forKey: call)
    }
    waiting?.resume(returning: completion)
  }

  /// The outcome of a call, once it has one.
  func outcome(of call: jf_call) async -> Completion {
    await withCheckedContinuation { continuation in
      let done = state.withLock { state in
        if let completion = state.completions[call]?.first { return completion as Completion? }
        state.waiting[call] = continuation
        return nil
      }
      if let done { continuation.resume(returning: done) }
    }
  }

  /// Opens an instance of a plugin, runs `body`, and closes it.
  func with<R>(
    _ plugin: UnsafePointer<jf_plugin>, _ body: (OpenInstance) async throws -> R
  ) async throws -> R {
    let instance = try OpenInstance(plugin, host: self, table: table)
    defer { instance.close() }
    return try await body(instance)
  }

  /// Runs one call of a plugin that has no table: there is one table in a process, and it is another plugin's.
  func call<P: Plugin>(
    _ type: P.Type, _ function: String, _ request: String, as call: jf_call = 1
  ) async throws -> Completion {
    let host = Host(table: UnsafePointer(table))
    let plugin = try P(OpenContext(tenant: "acme", host: host))
    let instance = PluginInstance(plugin, P.functions.map { $0.bind(plugin) }, host: host)
    let index = P.functions.firstIndex { $0.declaration.name == function } ?? -1
    request.withBytes { _ = instance.invoke(call, UInt32(truncatingIfNeeded: index), $0.buffer) }
    return await outcome(of: call)
  }
}

struct OpenFailed: Error, Equatable {
  let status: Int
  let message: String
}

/// One opened instance, called through its C table alone.
struct OpenInstance: @unchecked Sendable {
  // @unchecked: the pointers are what the ABI hands to any thread between open() and close().
  let plugin: UnsafePointer<jf_plugin>
  let host: TestHost
  private let pointer: UnsafeMutableRawPointer?

  init(_ plugin: UnsafePointer<jf_plugin>, host: TestHost, table: UnsafePointer<jf_host>) throws {
    var pointer: UnsafeMutableRawPointer?
    var error = jf_bytes()
    let status = "acme".withBytes { tenant in
      var info = jf_open_info(size: UInt32(MemoryLayout<jf_open_info>.size), flags: 0, tenant: tenant)
      return plugin.pointee.open(table, &info, &pointer, &error)
    }
    guard status == JF_OK else { throw OpenFailed(status: Int(status), message: error.string) }
    self.plugin = plugin
    self.host = host
    self.pointer = pointer
  }

  func close() { plugin.pointee.close(pointer) }

  func index(of name: String) -> UInt32? {
    (0..<plugin.pointee.function_count).first { plugin.pointee.functions[Int($0)].name.string == name }
  }

  @discardableResult
  func invoke(_ call: jf_call, _ function: String, _ arguments: String) -> Int {
    arguments.withBytes { Int(plugin.pointee.invoke(pointer, call, index(of: function) ?? .max, $0)) }
  }

  func cancel(_ call: jf_call) { plugin.pointee.cancel(pointer, call) }

  /// Runs one call to its end.
  func call(_ function: String, _ arguments: String, as call: jf_call = 1) async -> TestHost.Completion {
    invoke(call, function, arguments)
    return await host.outcome(of: call)
  }
}
