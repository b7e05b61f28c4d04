import FlowEngine
import Manifests

/// Flows of every shape that the engine has: handoffs back and forth, agents that are asked, guardrails, answers of a form.
struct SimulatedFlows {
  private let flows: [FlowDefinition]

  init() throws {
    flows = try [
      """
      start_agent: a
      agents: {a: {model: {provider: script, name: a}, tools: ['script.*']}}
      """,
      """
      start_agent: a
      agents:
        a: {model: {provider: script, name: a}, tools: ['script.*'], handoffs: [b, {target: c, mode: delegate}]}
        b: {model: {provider: script, name: b}, tools: [script.put, script.write], handoffs: [a]}
        c: {model: {provider: script, name: c}, tools: [script.write], handoffs: [{target: b, mode: delegate}]}
      """,
      """
      start_agent: a
      guardrails: {no-secrets: {forbid: [secret]}, judged: {tool: script.judge}}
      agents:
        a:
          model: {provider: script, name: a}
          tools: ['script.*']
          handoffs: [{target: b, mode: delegate}, c]
          guardrails: {output: [no-secrets], tool_input: [judged]}
        b:
          model: {provider: script, name: b}
          tools: ['script.*']
          output_schema: {type: object, required: [n], properties: {n: {type: integer}}}
        c: {model: {provider: script, name: c}, tools: [script.work, script.write], handoffs: [a]}
      """,
    ].map(FlowDefinition.manifest)
  }

  /// One of them, with limits that are soon met.
  func one(by chance: inout Chance) -> FlowDefinition {
    var flow = chance.one(of: flows)
    flow.limits.maxTurns = chance.among(2...12)
    flow.limits.maxToolCalls = chance.among(2...20)
    flow.limits.maxHandoffs = chance.among(0...4)
    flow.limits.maxTotalTokens = chance.happens(200) ? chance.among(2...20) : nil
    flow.limits.timeoutNanoseconds = Int64(chance.one(of: [300_000_000, 3_000_000_000, 60_000_000_000]))
    flow.limits.onLimit = chance.happens(500) ? .wrapUp : .stop
    return flow
  }
}
