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
  }
}
