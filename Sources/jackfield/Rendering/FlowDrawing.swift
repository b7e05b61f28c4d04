import Manifests

/// A flow as a picture in words: for readers and for programs that draw.
struct FlowDrawing {
  enum Format: String, CaseIterable {
    case mermaid
    case dot
    case svg
    case text
  }
  let picture: FlowPicture

  init(_ flow: FlowManifest) { picture = FlowPicture(flow) }

  func drawn(as format: Format) -> String {
    switch format {
    case .mermaid: mermaid
    case .dot: dot
    case .svg: FlowSVG(picture).text
    case .text: text
    }
  }

  // MARK: Text

  private var text: String {
    picture.rows.flatMap { $0 }.compactMap(picture.node).flatMap { node -> [String] in
      let sign = node.kind == .stage ? "◆" : node.kind == .person ? "☺" : node.isStart ? "▶" : "▸"
      return ["\(sign) \(node.name)\(detail(of: node, " [", "]"))"]
        + picture.edges(from: node.id).map { edge in
          let label = edge.label.isEmpty ? "" : "  (\(edge.label))"
          return "    \(edge.kind.sign) \(picture.node(edge.target)?.name ?? "")\(label)"
        }
    }.joined(separator: "\n")
  }

  private func detail(of node: FlowPicture.Node, _ open: String, _ close: String) -> String {
    node.detail.isEmpty ? "" : open + node.detail + close
  }

  // MARK: Mermaid

  /// Agents and stages are numbered: a name may be a word of the language.
  private var mermaid: String {
    var ids: [String: String] = [:]
    for kind in [FlowPicture.Node.Kind.agent, .stage] {
      for (index, node) in picture.nodes.filter({ $0.kind == kind }).enumerated() {
        ids[node.id] = "\(kind == .agent ? "a" : "s")\(index)"
      }
    }
    ids["person"] = "p"
    let nodes = picture.nodes.map { node in
      let label = "\"\(node.name)\(detail(of: node, "<br/>", ""))\""
      let (open, close) =
        node.kind == .stage ? ("{{", "}}") : node.kind == .person || node.isStart ? ("([", "])") : ("[", "]")
      return "  \(ids[node.id] ?? "")\(open)\(label)\(close)"
    }
    let edges = picture.edges.map { edge in
      let label = edge.label.isEmpty ? "" : "|\"\(edge.label)\"|"
      return "  \(ids[edge.source] ?? "") \(edge.kind.mermaidArrow)\(label) \(ids[edge.target] ?? "")"
    }
    return (["flowchart TD"] + nodes + edges).joined(separator: "\n")
  }

  // MARK: DOT

  private var dot: String {
    let nodes = picture.nodes.map { node in
      let border = node.kind == .agent && node.isStart ? ", peripheries=2" : ""
      let shape = node.kind == .stage ? ", shape=hexagon" : node.kind == .person ? ", shape=ellipse" : ""
      return
        "  \"\(dotName(node.id))\" [label=\"\(node.name)\(detail(of: node, "\\n", ""))\"\(shape)\(border)];"
    }
    let edges = picture.edges.map { edge in
      "  \"\(dotName(edge.source))\" -> \"\(dotName(edge.target))\" [label=\"\(edge.label)\"\(edge.kind.dotStyle)];"
    }
    return (["digraph \"\(picture.name)\" {", "  node [shape=box];"] + nodes + edges + ["}"])
      .joined(separator: "\n")
  }

  /// An agent's name alone; a stage may have the same.
  private func dotName(_ id: String) -> String { id.hasPrefix("agent ") ? String(id.dropFirst(6)) : id }
}

extension FlowPicture.Edge.Kind {
  fileprivate var sign: String {
    switch self {
    case .transfer: "→"
    case .delegate: "⇄"
    case .order: "↓"
    case .work: "▸"
    }
  }

  fileprivate var mermaidArrow: String {
    switch self {
    case .transfer: "-->"
    case .delegate: "-.->"
    case .order: "==>"
    case .work: "---"
    }
  }

  fileprivate var dotStyle: String {
    switch self {
    case .transfer: ""
    case .delegate: ", style=dashed, dir=both"
    case .order: ", style=bold"
    case .work: ", style=dotted, arrowhead=none"
    }
  }
}
