import ToolContracts

/// Shows the pieces of a model's answer.
struct TextForwarder: CallObserver {
  let observer: any FlowObserver
  let agent: String

  func received(_ event: CallEvent, from call: CallID) {
    guard event.kind == .text, let text = String(validating: event.data, as: UTF8.self) else { return }
    observer.observed(.text(text, agent: agent))
  }
  func progressed(_ progress: CallProgress, of call: CallID) {}
}

/// Shows how far a tool has come.
struct ProgressForwarder: CallObserver {
  let observer: any FlowObserver

  func received(_ event: CallEvent, from call: CallID) {}
  func progressed(_ progress: CallProgress, of call: CallID) {
    observer.observed(.toolProgressed(progress, call: call))
  }
}
