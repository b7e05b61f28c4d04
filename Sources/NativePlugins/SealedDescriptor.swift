import CPluginLoading
import JSONCodec
import PluginABI
import ToolContracts

/// What a plugin file says of itself in the section `.jackfield.desc`: PluginAPI/DESCRIPTOR.md.
struct SealedDescriptor: Sendable {
  /// What a descriptor says of a function and its code must say too.
  struct FunctionClaim: Sendable {
    var name: String
    var kindName: String
    /// Nil for a kind that came after this host: such a function is not offered.
    var kind: FunctionKind?
    var effect: Effect
    var mayPend: Bool
    var isSerial: Bool
  }

  static let section = JF_DESCRIPTOR_SECTION
  static let largest = Int(PLUGIN_MAX_DESCRIPTOR)

  /// As it stands in the file.
  let bytes: [UInt8]
  /// With the functions of the kinds that this host knows.
  let descriptor: PluginDescriptor
  /// Of every function, in the order of the plugin's table.
  let claims: [FunctionClaim]

  /// For each function of `descriptor`, its number in the plugin's table.
  var tableIndices: [UInt32] { claims.indices.filter { claims[$0].kind != nil }.map(UInt32.init) }
}
