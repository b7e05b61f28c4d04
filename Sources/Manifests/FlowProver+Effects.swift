// What somebody outside can bring a flow to do.
extension FlowProver {
  /// Where words come to: an agent reads them, a stage is given them.
  private enum Place: Hashable {
    case agent(String)
    case stage(String)

    var name: String {
      switch self {
      case .agent(let name), .stage(let name): name
      }
    }
  }

  /// For each tool whose results anybody may have written: the effects that they could cause, by what models make of them or
  /// as they are, without that a person approves.
  func unapprovedEffects() -> [ManifestError] {
    agents.flatMap { findings(from: .agent($0.name), read: tools(of: $0), at: $0.location) }
      + graph.flow.stages.flatMap { stage -> [ManifestError] in
        guard case .tool(let tool, let location) = stage.work else { return [] }
        return findings(from: .stage(stage.name), read: tools(named: tool), at: location)
      }
  }

  private func findings(
    from source: Place, read tools: [KnownTool], at location: SourceLocation
  ) -> [ManifestError] {
    tools.filter(\.isOpenWorld).flatMap { read in
      paths(from: source).flatMap { path in
        sinks(at: path).map { effect in
          let names = path.map(\.name)
          let way = names.count > 1 ? " (\(names.joined(separator: " → ")))" : ""
          return ManifestError(
            .unapprovedEffect, at: location,
            "what '\(read.name)' answers to '\(source.name)' may make '\(names.last ?? "")' call '\(effect.name)'\(way), "
              + "and nobody has to approve it")
        }
      }
    }
  }

  private func sinks(at path: [Place]) -> [KnownTool] {
    let tools: [KnownTool]
    switch path.last {
    case .agent(let name): tools = graph.flow.agent(name).map(tools(of:)) ?? []
    // Where the words come from, the call has been made.
    case .stage(let name) where path.count > 1: tools = graph.flow.stage(name)?.tool.map(tools(named:)) ?? []
    case .stage, nil: tools = []
    }
    return tools.filter { $0.hasEffect && !$0.needsApproval }
  }

  /// The shortest way of words from one place to each that they come to: along handoffs, back from whoever was asked, and
  /// from stage to stage.
  private func paths(from source: Place) -> [[Place]] {
    var found: [[Place]] = []
    var seen: Set<Place> = [source]
    var next = [[source]]
    while !next.isEmpty {
      found += next
      next = next.flatMap { path in
        heard(at: path.last ?? source).filter { seen.insert($0).inserted }.map { path + [$0] }
      }
    }
    return found
  }

  /// Where that which is said at a place is heard.
  private func heard(at place: Place) -> [Place] {
    switch place {
    case .agent(let agent):
      let reachable = Set(agents.map(\.name))
      let asked = graph.edges(from: agent).map(\.target)
      let askers = graph.edges.filter { $0.handoff.mode == .delegate && $0.target == agent }.map(\.source)
      let stages = graph.flow.stages.filter { stage in
        stage.agent.map { graph.reachable(from: $0.name).contains(agent) } ?? false
      }
      return (asked + askers).filter(reachable.contains).map(Place.agent)
        + stages.flatMap { users(of: $0.name) }
    case .stage(let name):
      guard let stage = graph.flow.stage(name) else { return [] }
      switch stage.work {
      case .agent(let agent): return [.agent(agent.name)]
      case .tool: return users(of: name)
      // A person has read it.
      case .approval: return []
      }
    }
  }

  private func users(of stage: String) -> [Place] {
    graph.flow.stages.filter { $0.input.stages.contains(stage) }.map { .stage($0.name) }
  }
}
