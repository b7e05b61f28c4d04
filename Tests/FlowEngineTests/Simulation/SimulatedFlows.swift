import FlowEngine
import Manifests

/// Flows of every shape that the engine has: handoffs back and forth, agents that are asked, guardrails, answers of a form,
/// stages side by side, answers that are a person's, models that are asked again and others in their place.
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
      """
      human_handoff: {on_agent_request: true}
      stages:
        note: {tool: script.write, input: {n: 1}, on_failure: continue}
        gather:
          agent: a
          output_schema: {type: object, required: [n], properties: {n: {type: integer}}}
          max_repairs: 1
          on_failure: skip_dependents
        keep: {tool: script.put, needs: [note], input: {n: 3}, on_failure: continue}
        sign: {approval: {expires: 5s}, needs: [gather], input: {n: $stages.gather/n}, on_failure: continue}
        send: {tool: script.write, needs: [sign], input: {n: $stages.sign/n}, on_failure: person}
        sum:
          agent: b
          needs: [keep]
          limits: {max_turns: 4}
          output_schema: {type: object, required: [n]}
          on_failure: person
      result: sum
      agents:
        a: {model: {provider: script, name: a}, tools: ['script.*'], handoffs: [{target: b, mode: delegate}, c]}
        b: {model: {provider: script, name: b}, tools: [script.put, script.write]}
        c: {model: {provider: script, name: c}, tools: [script.write]}
      """,
      """
      start_agent: a
      guardrails: {no-secrets: {forbid: [secret]}}
      human_handoff:
        on_request: [person]
        on_agent_request: true
        confidence: {tool: script.judge, threshold: 0.5}
      agents:
        a:
          model: {provider: script, name: a}
          tools: ['script.*']
          handoffs: [b, {target: c, mode: delegate}]
          guardrails: {output: [no-secrets]}
        b: {model: {provider: script, name: b}, tools: [script.put], handoffs: [a]}
        c: {model: {provider: script, name: c}, tools: [script.write]}
      """,
      """
      start_agent: a
      agents:
        a:
          model:
            provider: script
            name: a
            fallback: [{provider: script, name: d}]
            retries: {attempts: 3, base: 50ms, max: 400ms}
          tools: ['script.*']
          handoffs: [b, {target: c, mode: delegate}]
        b:
          model: {provider: script, name: b, fallback: [{provider: script, name: e}], retries: {}, hedge_after: 200ms}
          tools: [script.put, script.write]
          handoffs: [a]
        c:
          model: {provider: script, name: c, retries: {attempts: 2, base: 1s}, deadlines: {total: 1s}, hedge_after: 300ms}
          tools: [script.write]
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
