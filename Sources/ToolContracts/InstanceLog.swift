import JSONCodec
import Locking

/// What one instance writes to the log: cut, counted and limited, since a plugin in a loop must not fill a disk.
package final class InstanceLog: Sendable {
  /// Bytes of a message, and of its fields.
  package static let longest = 16 << 10

  private let plugin: String
  private let tenant: TenantID
  private let time: any TimeSource
  private let log: PluginLog
  private let flood = Lock(LogFloodLimit())

  package init(plugin: String, tenant: TenantID, time: any TimeSource, log: @escaping PluginLog) {
    self.plugin = plugin
    self.tenant = tenant
    self.time = time
    self.log = log
  }

  package func write(level: Int32, message: UnsafeRawBufferPointer, fields: UnsafeRawBufferPointer) {
    let now = time.now()
    guard let dropped = flood.withLock({ $0.admit(at: now) }) else { return }
    write(
      PluginLogLine.Level(rawValue: max(0, min(level, PluginLogLine.Level.error.rawValue))) ?? .info,
      String(message: message, atMost: Self.longest), fields: object(fields), dropped: dropped)
  }

  /// Says what was dropped and has not been said.
  package func finish() {
    let dropped = flood.withLock { $0.takeDropped() }
    if dropped > 0 {
      write(.warning, "log lines were dropped: too many at once", fields: [:], dropped: dropped)
    }
  }

  private func write(_ level: PluginLogLine.Level, _ message: String, fields: JSONObject, dropped: Int) {
    log(
      PluginLogLine(
        level: level, plugin: plugin, tenant: tenant, message: message, fields: fields, dropped: dropped))
  }

  /// What is no object is kept as the text that it is.
  private func object(_ bytes: UnsafeRawBufferPointer) -> JSONObject {
    let text = String(message: bytes, atMost: Self.longest)
    guard !text.isEmpty else { return [:] }
    do throws(JSONError) {
      if let object = try JSONValue(parsing: text, limits: JSONLimits(maxDepth: 16)).object { return object }
    } catch {}
    return ["fields": .string(text)]
  }
}
