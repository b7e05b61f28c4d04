import Manifests
import ToolContracts

/// A flow as a picture in words: for readers and for programs that draw.
struct FlowDrawing {
  enum Format: String, CaseIterable {
    case mermaid
    case dot
    case svg
    case text
  }
  let graph: FlowGraph

  init(_ flow: FlowManifest) { graph = FlowGraph(flow) }

  func drawn(as format: Format) -> String {
    switch format {
    case .mermaid: mermaid
    case .dot: dot
    case .svg: FlowSVG(graph).text
    case .text: text
    }
  }

  // MARK: Text

  private var text: String {
    graph.layers.flatMap { $0 }.flatMap { agent -> [String] in
      let isStart = agent.name == graph.flow.startAgent.name
      return ["\(isStart ? "▶" : "▸") \(agent.name)\(tools(of: agent, " [", "]"))"]
        + graph.edges(from: agent.name).map { edge in
          "    \(edge.handoff.mode == .transfer ? "→" : "⇄") \(edge.target)  (\(edge.handoff.toolName))"
        }
    }.joined(separator: "\n")
  }

  private func tools(of agent: AgentManifest, _ open: String, _ close: String) -> String {
    agent.tools.isEmpty
      ? "" : open + agent.tools.map(\.pattern.description).joined(separator: ", ") + close
  }

  // MARK: Mermaid

  /// Agents are numbered: a name may be a word of the language.
  private var mermaid: String {
    let numbers = Dictionary(
      graph.flow.agents.enumerated().map { ($1.name, "a\($0)") }, uniquingKeysWith: { first, _ in first })
    func id(_ agent: String) -> String { numbers[agent] ?? "a" }
    let nodes = graph.flow.agents.map { agent in
      let label = "\(agent.name)\(tools(of: agent, "<br/>", ""))"
      return agent.name == graph.flow.startAgent.name
        ? "  \(id(agent.name))([\"\(label)\"])" : "  \(id(agent.name))[\"\(label)\"]"
    }
    let edges = graph.edges.map { edge in
      let arrow = edge.handoff.mode == .transfer ? "-->" : "-.->"
      return "  \(id(edge.source)) \(arrow)|\"\(edge.handoff.toolName)\"| \(id(edge.target))"
    }
    return (["flowchart TD"] + nodes + edges).joined(separator: "\n")
  }

  // MARK: DOT

  private var dot: String {
    let nodes = graph.flow.agents.map { agent in
      let shape = agent.name == graph.flow.startAgent.name ? ", peripheries=2" : ""
      return "  \"\(agent.name)\" [label=\"\(agent.name)\(tools(of: agent, "\\n", ""))\"\(shape)];"
    }
    let edges = graph.edges.map { edge in
      let style = edge.handoff.mode == .transfer ? "" : ", style=dashed, dir=both"
      return "  \"\(edge.source)\" -> \"\(edge.target)\" [label=\"\(edge.handoff.toolName)\"\(style)];"
    }
    return (["digraph \"\(graph.flow.name)\" {", "  node [shape=box];"] + nodes + edges + ["}"])
      .joined(separator: "\n")
  }
}
