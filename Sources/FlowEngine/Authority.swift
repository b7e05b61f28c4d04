import Manifests
import ToolContracts

/// Which tools an agent may use of those that it lists: what every handoff on the way to it has left of them. It only
/// shrinks; there is no way to make one larger.
struct Authority: Sendable, Equatable {
  private var bounds: [[NamePattern]] = []

  /// Whatever the agent lists and the tenant has.
  static let whole = Authority()

  func allows(_ tool: ToolName) -> Bool {
    bounds.allSatisfy { bound in bound.contains { $0.matches(tool.description) } }
  }

  /// What it was narrowed to, one time after the other.
  var patterns: [[String]] { bounds.map { $0.map(\.description) } }

  func narrowed(to bound: [NamePattern]?) -> Authority {
    guard let bound else { return self }
    var narrower = self
    narrower.bounds.append(bound)
    return narrower
  }
}

extension Toolbox {
  func within(_ authority: Authority) -> Toolbox {
    authority == .whole
      ? self
      : Toolbox(
        tools.filter { tool in
          if case .tool(let name) = tool.target { authority.allows(name) } else { true }
        })
  }
}
