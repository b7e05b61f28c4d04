import JSONCodec
import Manifests
import ToolContracts

/// A flow as `flow show` prints it.
struct FlowSheet {
  let flow: FlowManifest

  init(_ flow: FlowManifest) { self.flow = flow }

  func print(on console: Console) {
    let limits = flow.limits
    console.result("\(console.styled(flow.name, .bold))  \(flow.description)")
    console.result(
      "limits: \(limits.maxTurns) turns, \(limits.maxHandoffs) handoffs, \(limits.maxToolCalls) tool calls, "
        + "\(limits.timeoutNanoseconds / 1_000_000) ms, then \(limits.onLimit.rawValue)")
    for stage in flow.stages { print(stage, on: console) }
    for agent in flow.agents {
      let start = agent.name == flow.startAgent?.name ? "  (start)" : ""
      console.result("\(console.styled("▸ \(agent.name)", .bold))\(start)  \(agent.description)")
      console.result("    model    \(agent.model.provider)/\(agent.model.name)")
      if !agent.tools.isEmpty {
        console.result("    tools    \(agent.tools.map(\.pattern.description).joined(separator: ", "))")
      }
      for handoff in agent.handoffs {
        let verb = handoff.mode == .transfer ? "hands to" : "asks    "
        console.result("    \(verb) \(handoff.target)  (\(handoff.toolName))")
      }
      for (stage, names) in agent.guardrails.stages where !names.isEmpty {
        console.result("    guarded  \(stage): \(names.map(\.name).joined(separator: ", "))")
      }
    }
  }

  private func print(_ stage: StageManifest, on console: Console) {
    let isResult = stage.name == result
    console.result(
      "\(console.styled("◆ \(stage.name)", .bold))\(isResult ? "  (result)" : "")  \(stage.what)")
    if !stage.needs.isEmpty {
      console.result("    needs    \(stage.needs.map(\.name).joined(separator: ", "))")
    }
    if stage.onFailure != .stop { console.result("    fails    \(stage.onFailure.rawValue)") }
  }

  private var result: String? { flow.result?.name ?? flow.stages.last?.name }

  private func json(_ stage: StageManifest) -> JSONValue {
    [
      "name": .string(stage.name), "work": .string(stage.what),
      "needs": .array(stage.needs.map { .string($0.name) }),
      "on_failure": .string(stage.onFailure.rawValue), "output_schema": stage.outputSchema?.schema ?? .null,
    ]
  }

  var json: JSONValue {
    [
      "name": .string(flow.name), "description": .string(flow.description),
      "start_agent": flow.startAgent.map { .string($0.name) } ?? .null,
      "stages": .array(flow.stages.map(json)), "result": result.map(JSONValue.string) ?? .null,
      "limits": [
        "max_turns": .int(flow.limits.maxTurns), "max_handoffs": .int(flow.limits.maxHandoffs),
        "max_tool_calls": .int(flow.limits.maxToolCalls),
        "timeout_ms": .int(flow.limits.timeoutNanoseconds / 1_000_000),
        "on_limit": .string(flow.limits.onLimit.rawValue),
      ],
      "agents": .array(flow.agents.map(json)),
    ]
  }

  private func json(_ agent: AgentManifest) -> JSONValue {
    [
      "name": .string(agent.name), "description": .string(agent.description),
      "model": .string("\(agent.model.provider)/\(agent.model.name)"),
      "tools": .array(agent.tools.map { .string($0.pattern.description) }),
      "handoffs": .array(
        agent.handoffs.map {
          [
            "target": .string($0.target), "tool_name": .string($0.toolName),
            "mode": .string($0.mode.rawValue),
          ]
        }),
      "guardrails": .object(
        JSONObject(
          uniqueKeysWithValues: agent.guardrails.stages.map { stage, names in
            (stage, .array(names.map { .string($0.name) }))
          })),
      "output_schema": agent.output?.schema ?? .null,
    ]
  }
}

extension StageManifest {
  /// Who or what does it.
  fileprivate var what: String {
    switch work {
    case .agent(let agent): "agent \(agent.name)"
    case .tool(let tool, _): "tool \(tool)"
    case .approval: "approval"
    }
  }
}
