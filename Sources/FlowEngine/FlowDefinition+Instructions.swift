import ToolContracts

extension FlowDefinition {
  /// The same flow with the blanks of its instructions filled in.
  func filledIn(for context: RunContext) -> FlowDefinition {
    var filled = self
    filled.agents = agents.mapValues { agent in
      var agent = agent
      let values = variables.merging(context.variables(flow: name, agent: agent.name)) { _, own in own }
      agent.instructions = TextTemplate(agent.instructions).filledIn { values[$0] ?? "" }
      return agent
    }
    return filled
  }
}
