// What somebody outside can bring a flow to do.
extension FlowProver {
  /// For each tool whose results anybody may have written: the effects that a model which has read them could cause, without
  /// that a person approves.
  func unapprovedEffects() -> [ManifestError] {
    let all = agents
    return all.flatMap { source in
      tools(of: source).filter(\.isOpenWorld).flatMap { read in
        paths(from: source.name).flatMap { path in
          sinks(at: path.last ?? source.name).map { effect in finding(read, effect, path, at: source) }
        }
      }
    }
  }

  private func sinks(at agent: String) -> [KnownTool] {
    graph.flow.agent(agent).map(tools(of:))?.filter { $0.hasEffect && !$0.needsApproval } ?? []
  }

  private func finding(
    _ read: KnownTool, _ effect: KnownTool, _ path: [String], at source: AgentManifest
  ) -> ManifestError {
    let way = path.count > 1 ? " (\(path.joined(separator: " → ")))" : ""
    return ManifestError(
      .unapprovedEffect, at: source.location,
      "what '\(read.name)' answers to '\(source.name)' may make '\(path.last ?? "")' call '\(effect.name)'\(way), and nobody "
        + "has to approve it")
  }

  /// The shortest way of words from one agent to each that they come to: along handoffs, and back from whoever was asked.
  private func paths(from agent: String) -> [[String]] {
    var found: [[String]] = []
    var seen: Set<String> = [agent]
    var next = [[agent]]
    while !next.isEmpty {
      found += next
      next = next.flatMap { path in
        heardBy(path.last ?? agent).filter { seen.insert($0).inserted }.map { path + [$0] }
      }
    }
    return found
  }

  /// Who reads what an agent says.
  private func heardBy(_ agent: String) -> [String] {
    let asked = graph.edges(from: agent).map(\.target)
    let askers = graph.edges.filter { $0.handoff.mode == .delegate && $0.target == agent }.map(\.source)
    let reachable = Set(agents.map(\.name))
    return (asked + askers).filter(reachable.contains)
  }
}
