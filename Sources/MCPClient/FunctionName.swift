package import ToolContracts

/// The name that a tool of a server has here.
enum FunctionName {
  /// The same for the same name, always: lower case; what is no letter, digit, `-` or `_` is `_`; what does not begin with
  /// a letter or digit gets a `t` before it; what is too long is cut, and ends in eight digits of its SHA-256.
  ///
  /// - Returns: nil only where the server's own name leaves no room.
  static func of(_ tool: String, server: String) -> ToolName? {
    let room = min(48, 63 - server.utf8.count)
    guard room > 12 else { return nil }
    var mapped = tool.unicodeScalars.map { scalar -> UInt8 in
      switch scalar.value {
      case 0x61...0x7A, 0x30...0x39, 0x2D, 0x5F: UInt8(scalar.value)
      case 0x41...0x5A: UInt8(scalar.value + 0x20)
      default: UInt8(ascii: "_")
      }
    }
    if let first = mapped.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "_") {
      mapped.insert(UInt8(ascii: "t"), at: 0)
    }
    if mapped.count > room {
      mapped = mapped.prefix(room - 9) + [UInt8(ascii: "-")]
      mapped += hexadecimal(sha256(of: Array(tool.utf8)).prefix(4)).utf8
    }
    return ToolName(plugin: server, function: String(decoding: mapped, as: UTF8.self))
  }
}

extension OfferedTool {
  /// Its name here; nil where the server's own name leaves no room for it.
  package func functionName(at server: String) -> ToolName? { FunctionName.of(name, server: server) }
}
