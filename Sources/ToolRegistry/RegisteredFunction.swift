import JSONCodec
package import JSONSchema
package import ToolContracts

/// A function that some plugin has, whoever may use it. Immutable.
package final class RegisteredFunction: Sendable {
  package let name: ToolName
  package let descriptor: FunctionDescriptor
  /// Position in its plugin's table.
  package let index: Int
  package let pluginVersion: String
  package let pluginDigest: String
  package let inputSchema: CompiledSchema
  /// Nil: the plugin promises nothing of its results beyond their being JSON.
  package let outputSchema: CompiledSchema?
  /// What the journal says of every call of it, and of every one that went well, as members of a JSON object.
  package let journalMembers: [UInt8]
  package let journalSuccess: [UInt8]

  init(
    name: ToolName, descriptor: FunctionDescriptor, index: Int, pluginVersion: String, pluginDigest: String,
    inputSchema: CompiledSchema, outputSchema: CompiledSchema?
  ) {
    self.name = name
    self.descriptor = descriptor
    self.index = index
    self.pluginVersion = pluginVersion
    self.pluginDigest = pluginDigest
    self.inputSchema = inputSchema
    self.outputSchema = outputSchema
    var members = JSONWriter()
    members.field("tool", name.description)
    members.field("effect", descriptor.effect.rawValue)
    members.field("plugin_version", pluginVersion)
    members.field("plugin_digest", pluginDigest)
    journalMembers = members.bytes
    members.removeAll()
    members.field("tool", name.description)
    members.field("status", "ok")
    journalSuccess = members.bytes
  }
}
