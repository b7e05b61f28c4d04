package import JSONCodec

/// What a plugin, or the loader on behalf of one, has to tell the operator.
package struct PluginLogLine: Sendable {
  /// The values are those of the plugin ABI.
  package enum Level: Int32, Sendable {
    case debug
    case info
    case warning
    case error
  }
  package var level: Level
  package var plugin: String
  /// Nil for a line that is about the plugin and not about one of its instances.
  package var tenant: TenantID?
  /// At most 16 KiB. The plugin's words: not to be trusted, and not checked for control characters.
  package var message: String
  package var fields: JSONObject
  /// How many lines of the same instance were dropped since the last one, because it wrote too many.
  package var dropped: Int

  package init(
    level: Level, plugin: String, tenant: TenantID?, message: String, fields: JSONObject, dropped: Int
  ) {
    self.level = level
    self.plugin = plugin
    self.tenant = tenant
    self.message = message
    self.fields = fields
    self.dropped = dropped
  }
}

/// Where such lines go; called from any thread, for as long as any instance is open.
package typealias PluginLog = @Sendable (PluginLogLine) -> Void
