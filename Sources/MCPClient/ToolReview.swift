import JSONCodec
package import ToolContracts

/// A tool that is not offered to anybody until a person has approved what its server says of it.
package struct WithheldTool: Sendable {
  package enum Reason: String, Sendable {
    /// The server did not have it when its tools were pinned.
    case new
    /// The server describes it otherwise than it did.
    case changed
  }
  package let name: ToolName
  package let reason: Reason
  package let pinned: OfferedTool?
  package let offered: OfferedTool
}

/// A server's tools, held against what was approved.
package struct ToolReview: Sendable {
  /// As they were approved, and as the server still describes them.
  package private(set) var usable: [(name: ToolName, tool: OfferedTool)] = []
  package private(set) var withheld: [WithheldTool] = []
  /// Names of tools that cannot be offered at all, and why.
  package private(set) var problems: [String] = []

  /// - Parameter pins: what was approved; nil where nothing was yet, and everything is for the first time.
  package init(_ offered: [OfferedTool], of server: String, pins: [OfferedTool]?) {
    let pinned = Dictionary((pins ?? offered).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let named = offered.map { (FunctionName.of($0.name, server: server), $0) }
    let uses = Dictionary(grouping: named.compactMap(\.0), by: { $0 })
    for (name, tool) in named {
      guard let name else {
        problems.append(
          "\(server): the tool '\(tool.name)' has no name that fits; the server's own is too long")
        continue
      }
      guard uses[name]?.count == 1 else {
        problems.append("\(server): the tool '\(tool.name)' would be \(name), and so would another one")
        continue
      }
      if let fault = tool.fault {
        problems.append("\(name): \(fault)")
        continue
      }
      guard let approved = pinned[tool.name] else {
        withheld.append(WithheldTool(name: name, reason: .new, pinned: nil, offered: tool))
        continue
      }
      if approved.digest == tool.digest {
        usable.append((name, tool))
      } else {
        withheld.append(WithheldTool(name: name, reason: .changed, pinned: approved, offered: tool))
      }
    }
  }
}
