import JSONCodec

/// The agents of a flow and the ways between them, as far as they can be on.
package struct FlowGraph: Sendable {
  package struct Edge: Sendable {
    package let source: String
    package let handoff: HandoffManifest
    package var target: String { handoff.target }
  }
  package let flow: FlowManifest
  /// In the order of the file.
  package let edges: [Edge]

  package init(_ flow: FlowManifest) {
    self.flow = flow
    edges = flow.agents.flatMap { agent in
      agent.handoffs.filter { $0.isEnabled != .bool(false) }.map { Edge(source: agent.name, handoff: $0) }
    }
  }

  package func edges(from agent: String) -> [Edge] { edges.filter { $0.source == agent } }

  /// Agents by their distance from those that come first; those that cannot be reached come last.
  package var layers: [[AgentManifest]] {
    var layers: [[AgentManifest]] = []
    var seen: Set<String> = []
    var next = flow.firstAgents
    while !next.isEmpty {
      let layer = next.filter { seen.insert($0).inserted }.compactMap { flow.agent($0) }
      if !layer.isEmpty { layers.append(layer) }
      next = layer.flatMap { edges(from: $0.name).map(\.target) }
    }
    let rest = flow.agents.filter { !seen.contains($0.name) }
    return rest.isEmpty ? layers : layers + [rest]
  }

  /// Agents that may answer the user: the first, and whom the conversation is handed over to.
  package func answering(from agent: String) -> Set<String> {
    var seen: Set<String> = []
    var next = [agent]
    while let agent = next.popLast() {
      guard seen.insert(agent).inserted else { continue }
      next += edges(from: agent).filter { $0.handoff.mode == .transfer }.map(\.target)
    }
    return seen
  }

  package func reachable(from agent: String) -> Set<String> { reachable(from: [agent]) }

  package func reachable(from agents: [String]) -> Set<String> {
    var seen: Set<String> = []
    var next = agents
    while let agent = next.popLast() {
      if seen.insert(agent).inserted { next += edges(from: agent).map(\.target) }
    }
    return seen
  }
}
