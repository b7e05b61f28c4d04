/// Whose data and permissions a call uses. Part of every store query, cache key, limit key and log line.
package struct TenantID: Hashable, Sendable, CustomStringConvertible {
  package let description: String

  /// - Parameter text: 1 to 32 of `[a-z0-9-]`; anything else is no tenant.
  package init?(_ text: String) {
    guard isIdentifier(text, maxLength: 32, allowing: { $0 == UInt8(ascii: "-") }) else { return nil }
    description = text
  }
}

/// On whose behalf a call is made: a person or service within a tenant.
package struct Principal: Hashable, Sendable {
  package var tenant: TenantID
  /// As the front end names the person; empty where nobody is named.
  package var user: String

  package init(tenant: TenantID, user: String = "") {
    self.tenant = tenant
    self.user = user
  }
}

/// The name of a function of a plugin as operators, agents and MCP clients use it: `calc.evaluate`.
package struct ToolName: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let description: String

  /// - Parameter text: a plugin id of `[a-z0-9-]`, a dot, a function name of `[a-z0-9_-]`; 64 bytes in all.
  package init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    self.init(plugin: String(parts[0]), function: String(parts[1]))
  }

  package init?(plugin: String, function: String) {
    guard
      isIdentifier(plugin, maxLength: 32, allowing: { $0 == UInt8(ascii: "-") }),
      isIdentifier(function, maxLength: 48, allowing: { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }),
      plugin.utf8.count + function.utf8.count < 64
    else { return nil }
    description = "\(plugin).\(function)"
  }

  package var plugin: Substring { description.prefix { $0 != "." } }
  package var function: Substring { description.drop { $0 != "." }.dropFirst() }

  /// The name that a model sees. Model APIs take `[A-Za-z0-9_-]`; a plugin id has no `_`, so the first one in the
  /// alias stands for the dot and the name can be read back.
  package var alias: String { "\(plugin)_\(function)" }

  package init?(alias: String) {
    guard let separator = alias.firstIndex(of: "_") else { return nil }
    self.init(
      plugin: String(alias[..<separator]), function: String(alias[alias.index(after: separator)...]))
  }

  package static func < (left: ToolName, right: ToolName) -> Bool { left.description < right.description }
}

private func isIdentifier(_ text: String, maxLength: Int, allowing extra: (UInt8) -> Bool) -> Bool {
  let bytes = text.utf8
  guard let first = bytes.first, bytes.count <= maxLength, isLowerAlphanumeric(first) else { return false }
  return bytes.allSatisfy { isLowerAlphanumeric($0) || extra($0) }
}

private func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}
