public import PluginABI

/// What one shared object offers: a name, functions, and what an instance holds between calls.
///
/// The host makes one instance per tenant; it never shares one between two. The whole of a plugin is such a type and
/// one exported function:
///
///     struct Greeter: Plugin {
///       static let id = "greeter"
///       static let version = "1.0.0"
///       static let functions: [Function<Greeter>] = [.tool { _ in Greet() }]
///       init(_ opening: OpenContext) {}
///     }
///
///     @c @implementation
///     public func jackfield_plugin_v1(_ hostABI: UInt32) -> UnsafePointer<jf_plugin>? { Greeter.table(hostABI) }
///
/// A Swift trap (an overflow, an index out of range, a failed force unwrap, `fatalError`) ends the whole process: it
/// is no error and cannot be caught, by the plugin or by the host. Check before you compute; a plugin that cannot be
/// sure of that belongs in a worker.
public protocol Plugin: Sendable {
  /// `[a-z0-9-]`, at most 32 bytes; the prefix of its tools' names.
  static var id: String { get }
  /// As in "1.4.2".
  static var version: String { get }
  /// Everything it offers. The order is part of the descriptor.
  static var functions: [Function<Self>] { get }
  /// What the operator may configure. With one, `OpenContext.configuration(as:)` has a value that has passed it.
  static var configurationSchema: Schema? { get }
  /// Further host services that it asks for, by name.
  static var services: [String] { get }
  /// Names of the secrets that it asks for.
  static var secrets: [String] { get }
  /// Those of `secrets` that it can do without.
  static var optionalSecrets: [String] { get }

  /// Makes the instance of one tenant. Whatever it holds is released when the host closes the instance.
  ///
  /// Throw `ConfigurationError` for what the operator can mend; its message is shown to the operator alone. Never
  /// called concurrently with itself.
  init(_ opening: OpenContext) throws
}

extension Plugin {
  public static var configurationSchema: Schema? { nil }
  public static var services: [String] { [] }
  public static var secrets: [String] { [] }
  public static var optionalSecrets: [String] { [] }

  /// The table that the exported function answers with: made once, valid for ever.
  ///
  /// Null if the host speaks another major version, or if the declaration of the plugin itself is wrong (a schema that
  /// cannot be derived, two functions of one name). The reason is then written to stderr, where `seal` shows it.
  public static func table(_ hostABI: UInt32) -> UnsafePointer<jf_plugin>? {
    PluginTable.make(Self.self, hostABI: hostABI)
  }
}
