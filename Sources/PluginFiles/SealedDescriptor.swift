import CPluginLoading
import PluginABI
package import ToolContracts

/// What a plugin file says of itself in the section `.jackfield.desc`: PluginAPI/DESCRIPTOR.md.
package struct SealedDescriptor: Sendable {
  /// What a descriptor says of a function and its code must say too.
  package struct FunctionClaim: Sendable {
    package var name: String
    package var kindName: String
    /// Nil for a kind that came after this host: such a function is not offered.
    package var kind: FunctionKind?
    package var effect: Effect
    package var mayPend: Bool
    package var isSerial: Bool
  }

  package static let section = JF_DESCRIPTOR_SECTION
  package static let largest = Int(PLUGIN_MAX_DESCRIPTOR)

  /// As it stands in the file.
  package let bytes: [UInt8]
  /// With the functions of the kinds that this host knows.
  package let descriptor: PluginDescriptor
  /// Of every function, in the order of the plugin's table.
  package let claims: [FunctionClaim]

  /// For each function of `descriptor`, its number in the plugin's table.
  package var tableIndices: [UInt32] { claims.indices.filter { claims[$0].kind != nil }.map(UInt32.init) }
}

extension SealedDescriptor {
  package init(of file: PluginFile) throws(PluginFailure) {
    guard let section = try ELFFile(file.bytes).section(named: Self.section) else {
      throw PluginFailure(
        .notAPlugin, "has no section \(Self.section); PluginAPI/seal puts the descriptor there.")
    }
    self = try SealedDescriptor(parsing: section)
  }
}
