import Manifests
import ToolContracts

/// What there is to draw of a flow: its stages, its agents, and how one thing leads to another.
struct FlowPicture {
  struct Node {
    enum Kind {
      case agent
      case stage
      case person
    }
    let id: String
    let kind: Kind
    let name: String
    let description: String
    /// What it uses; empty where that is nothing.
    let detail: String
    /// Whether the flow begins there.
    let isStart: Bool
  }
  struct Edge {
    enum Kind {
      /// Control goes over.
      case transfer
      /// The source waits for the answer.
      case delegate
      /// A stage comes after another.
      case order
      /// An agent works for a stage.
      case work
    }
    let source: String
    let target: String
    let kind: Kind
    let label: String
  }

  let name: String
  let nodes: [Node]
  let edges: [Edge]
  /// Ids of nodes, by their distance from the beginning.
  let rows: [[String]]

  init(_ flow: FlowManifest) {
    let graph = FlowGraph(flow)
    name = flow.name
    let person = flow.asksPersons ? FlowPicture.person(flow.humanHandoff) : nil
    nodes =
      flow.stages.map { FlowPicture.node($0, in: flow) } + flow.agents.map { FlowPicture.node($0, in: flow) }
      + [person].compactMap(\.self)
    edges =
      flow.stages.flatMap { stage in
        stage.needs.map { Edge(source: "stage \($0.name)", target: stage.id, kind: .order, label: "") }
          + [stage.agent].compactMap(\.self).map {
            Edge(source: stage.id, target: "agent \($0.name)", kind: .work, label: "")
          }
      }
      + graph.edges.map { edge in
        Edge(
          source: "agent \(edge.source)", target: "agent \(edge.target)",
          kind: edge.handoff.mode == .transfer ? .transfer : .delegate, label: edge.handoff.toolName)
      }
      + FlowPicture.edges(from: flow, to: person)
    rows =
      FlowPicture.rows(of: flow.stages) + graph.layers.map { layer in layer.map { "agent \($0.name)" } }
      + (person.map { [[$0.id]] } ?? [])
  }

  private static func person(_ handoff: HumanHandoffManifest?) -> Node {
    Node(
      id: "person", kind: .person, name: "a person", description: "Takes over, answers, gives back.",
      detail: handoff?.topics.map(\.name).joined(separator: ", ") ?? "", isStart: false)
  }

  /// From whoever is asked first, by what was asked; from all who answer, by how sure they are and by their own wish; from
  /// stages that fail.
  private static func edges(from flow: FlowManifest, to person: Node?) -> [Edge] {
    guard let person else { return [] }
    func edge(_ source: String, _ label: String) -> Edge {
      Edge(source: source, target: person.id, kind: .delegate, label: label)
    }
    let graph = FlowGraph(flow)
    let answering = Set(flow.firstAgents.flatMap(graph.answering(from:))).sorted().map { "agent \($0)" }
    let handoff = flow.humanHandoff
    let asked =
      (handoff?.request.isEmpty == false ? ["asked for"] : [])
      + (handoff?.topics.isEmpty == false ? ["topic"] : [])
    return (flow.startAgent.map { start in asked.map { edge("agent \(start.name)", $0) } } ?? [])
      + (handoff?.confidence == nil ? [] : answering.map { edge($0, "not sure") })
      + (handoff?.onAgentRequest == true ? answering.map { edge($0, "asks") } : [])
      + flow.stages.filter { $0.onFailure == .person }.map { edge($0.id, "failed") }
  }

  /// Stages by how many come before them at least.
  private static func rows(of stages: [StageManifest]) -> [[String]] {
    var rows: [[String]] = []
    var drawn: Set<String> = []
    var rest = stages
    while !rest.isEmpty {
      let next = rest.filter { stage in stage.needs.allSatisfy { drawn.contains($0.name) } }
      // None is left out of the picture, whatever it waits for.
      let row = next.isEmpty ? rest : next
      rows.append(row.map(\.id))
      drawn.formUnion(row.map(\.name))
      rest.removeAll { drawn.contains($0.name) }
    }
    return rows
  }

  private static func node(_ stage: StageManifest, in flow: FlowManifest) -> Node {
    let isResult = (flow.result?.name ?? flow.stages.last?.name) == stage.name
    return Node(
      id: stage.id, kind: .stage, name: stage.name, description: isResult ? "The run's result." : "",
      detail: stage.tool?.description ?? (stage.isApproval ? "a person approves" : ""),
      isStart: stage.needs.isEmpty)
  }

  private static func node(_ agent: AgentManifest, in flow: FlowManifest) -> Node {
    Node(
      id: "agent \(agent.name)", kind: .agent, name: agent.name, description: agent.description,
      detail: agent.tools.map(\.pattern.description).joined(separator: ", "),
      isStart: agent.name == flow.startAgent?.name)
  }

  func edges(from node: String) -> [Edge] { edges.filter { $0.source == node } }
  func node(_ id: String) -> Node? { nodes.first { $0.id == id } }
}

extension StageManifest {
  fileprivate var id: String { "stage \(name)" }
}

extension FlowManifest {
  fileprivate var asksPersons: Bool { humanHandoff != nil || stages.contains { $0.onFailure == .person } }
}
