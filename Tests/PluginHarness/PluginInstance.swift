package import JSONCodec
import Locking
package import PluginABI

/// One instance of a plugin in a host of nothing but this file: it keeps what the plugin says, call by call.
package final class PluginInstance: @unchecked Sendable {
  // @unchecked: `host` and `configuration` are written in `init` alone; what changes is behind `state`.

  package struct Outcome: Sendable {
    package var status: jf_status
    package var payload: String
    package var events: [Event] = []

    /// The result as JSON, or the message as a string.
    package var json: JSONValue {
      status == jf_status(JF_OK) ? (try? JSONValue(parsing: payload)) ?? .string(payload) : .string(payload)
    }
  }

  package struct Event: Sendable, Equatable {
    package var kind: Int32
    package var data: String
  }

  package struct OpenError: Error, CustomStringConvertible {
    package let status: jf_status
    package let description: String
  }

  private struct State {
    var lastCall: jf_call = 0
    var outcomes: [jf_call: Outcome] = [:]
    var completed: Set<jf_call> = []
    var checksLeft: [jf_call: Int] = [:]
    var log: [String] = []
  }

  private let plugin: LoadedPlugin
  private let state = Lock(State())
  private let host: UnsafeMutablePointer<jf_host>
  private let configuration: UnsafeMutableBufferPointer<UInt8>
  private var instance: UnsafeMutableRawPointer?

  package init(_ plugin: LoadedPlugin, configuration json: String, tenant: String = "acme") throws(OpenError)
  {
    self.plugin = plugin
    host = .allocate(capacity: 1)
    configuration = .allocate(capacity: json.utf8.count)
    _ = configuration.initialize(from: json.utf8)
    host.initialize(to: Self.makeTable())
    host.pointee.context = Unmanaged.passUnretained(self).toOpaque()
    var error = jf_bytes()
    var status = jf_status(JF_E_INTERNAL)
    var tenant = tenant
    tenant.withUTF8 { name in
      var info = jf_open_info(
        size: UInt32(MemoryLayout<jf_open_info>.size), flags: 0,
        tenant: jf_bytes(ptr: name.baseAddress, len: UInt64(name.count)))
      status = plugin.table.pointee.open(host, &info, &instance, &error)
    }
    guard status == jf_status(JF_OK) else { throw OpenError(status: status, description: error.text) }
  }

  deinit {
    if let instance { plugin.table.pointee.close(instance) }
    host.deallocate()
    configuration.deallocate()
  }

  /// Runs a function to its end on this thread.
  /// - Parameter checks: how often the plugin may ask for the time that is left before there is none.
  package func call(_ function: String, _ arguments: String, checks: Int = .max) -> Outcome {
    guard let index = plugin.functions.firstIndex(where: { $0.name.text == function }) else {
      return Outcome(status: jf_status(JF_E_NOT_FOUND), payload: "no function \(function)")
    }
    let id = state.withLock { state in
      state.lastCall += 1
      state.outcomes[state.lastCall] = Outcome(status: 0, payload: "")
      state.checksLeft[state.lastCall] = checks
      return state.lastCall
    }
    var arguments = arguments
    let answer = arguments.withUTF8 {
      plugin.table.pointee.invoke(
        instance, id, UInt32(index), jf_bytes(ptr: $0.baseAddress, len: UInt64($0.count)))
    }
    return state.withLock { state in
      var outcome = state.outcomes.removeValue(forKey: id)!
      if !state.completed.contains(id) { outcome.status = answer }
      return outcome
    }
  }

  package var log: [String] { state.withLock { $0.log } }

  private func complete(_ call: jf_call, _ status: jf_status, _ payload: String) -> jf_status {
    state.withLock { state in
      guard state.completed.insert(call).inserted else { return jf_status(JF_E_STATE) }
      state.outcomes[call]?.status = status
      state.outcomes[call]?.payload = payload
      return jf_status(JF_OK)
    }
  }

  private static func makeTable() -> jf_host {
    jf_host(
      size: UInt32(MemoryLayout<jf_host>.size), abi: 1 << 16, context: nil,
      service: { _, name in
        String(cString: name!) == JF_SERVICE_CONFIG
          ? UnsafeRawPointer(PluginInstance.configurationService) : nil
      },
      log: { host, _, message, _ in
        let line = message.text
        PluginInstance.of(host).state.withLock { $0.log.append(line) }
      },
      complete: { host, call, status, payload in PluginInstance.of(host).complete(call, status, payload.text)
      },
      emit: { host, call, kind, data in
        let event = Event(kind: kind, data: data.text)
        PluginInstance.of(host).state.withLock { $0.outcomes[call]?.events.append(event) }
        return jf_status(JF_OK)
      },
      progress: { _, _, _, _, _ in jf_status(JF_OK) },
      remaining_ns: { host, call in
        PluginInstance.of(host).state.withLock { state in
          let left = (state.checksLeft[call] ?? 0) - 1
          state.checksLeft[call] = left
          return left > 0 ? 60_000_000_000 : 0
        }
      },
      info: { _, _ in nil })
  }

  private static func of(_ host: UnsafePointer<jf_host>?) -> PluginInstance {
    Unmanaged<PluginInstance>.fromOpaque(host!.pointee.context).takeUnretainedValue()
  }

  // Written once, before the first plugin is opened, and constant from then on.
  nonisolated(unsafe) private static let configurationService: UnsafeMutablePointer<jf_service_config> = {
    let service = UnsafeMutablePointer<jf_service_config>.allocate(capacity: 1)
    service.initialize(
      to: jf_service_config(
        size: UInt32(MemoryLayout<jf_service_config>.size), flags: 0,
        json: { host in
          let bytes = PluginInstance.of(host).configuration
          return jf_bytes(ptr: UnsafePointer(bytes.baseAddress), len: UInt64(bytes.count))
        }))
    return service
  }()
}
