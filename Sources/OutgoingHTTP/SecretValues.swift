package import Secrets

/// The secrets of one plugin for one tenant, by the names that its descriptor gives them. Prints as nothing: no log line
/// and no error has a value by accident.
package struct SecretValues: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  private let values: [String: Secret]

  package static let none = SecretValues([:])
  package init(_ values: [String: Secret]) { self.values = values }

  subscript(name: String) -> Secret? { values[name] }

  package var description: String { "secrets" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
