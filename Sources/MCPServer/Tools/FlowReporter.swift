import FlowEngine
import JSONCodec
import ToolContracts

/// Passes on what happens in a run: one step of progress for each thing that an agent does, and its words as messages.
struct FlowReporter: FlowObserver {
  let flow: String
  let listener: RequestListener

  func observed(_ event: FlowEvent) {
    switch event {
    case .agentStarted(let agent): listener.step("\(agent) took over")
    case .toolStarted(let tool, let agent, _, _): listener.step("\(agent) calls \(tool)")
    case .toolFinished(let tool, _, _, let failure, let nanoseconds):
      listener.step("\(tool) \(failure?.code.rawValue ?? "answered") after \(nanoseconds / 1_000_000) ms")
    case .handedOff(let from, let to): listener.step("\(from) handed over to \(to)")
    case .delegated(let from, let to): listener.step("\(from) asked \(to)")
    case .answerRejected(let agent, let failure):
      listener.step("\(agent) answered in the wrong form: \(failure.message)")
    case .guardrailTripped(let guardrail, let agent, _):
      listener.step("\(guardrail) stopped \(agent)")
    case .handoffRefused(let target, let agent, let failure):
      listener.step("\(agent) could not hand over to \(target): \(failure.code.rawValue)")
    case .limitReached(let limit): listener.step("the limit \(limit) was reached")
    case .stage(let stage, let progress): listener.step("the stage \(stage) \(progress.words)")
    case .text(let text, let agent):
      listener.step("\(agent): \(text)")
      listener.message(
        .info, from: OfferedTool.flowPrefix + flow, ["agent": .string(agent), "text": .string(text)])
    case .toolProgressed: break
    }
  }
}
