import FlowEngine
import JSONCodec
import Locking
import Storage
import Testing

/// What must hold of every run that came to its end, whatever happened in it.
func expectOrder(of flow: ScriptedFlow, _ where: String = "") async throws {
  let events = try await flow.events()
  let ends: [JournalEvent.Kind] = [
    .toolFinished, .toolRejected, .handoffCompleted, .handoffRejected, .handoffSuperseded,
    .delegationFinished, .personReturned,
  ]
  for call in events.filter({ $0.kind == .toolCalled }) {
    let answers = events.filter { $0.step == call.step && ends.contains($0.kind) }
    #expect(answers.count == 1, "call \(call.step ?? 0): \(answers.map(\.kind.rawValue)) \(`where`)")
  }
  for request in flow.requests.withLock({ $0 }) {
    let unanswered = unansweredCalls(in: request["messages"]?.array ?? [])
    #expect(unanswered == [], "\(`where`)")
  }
  let replayed = try await flow.runner.replay(ScriptedFlow.run, of: ScriptedFlow.tenant)
  #expect(replayed == events.count, "\(`where`)")
}

/// Calls that have not exactly one result before the next message of another kind.
func unansweredCalls(in messages: [JSONValue]) -> [String] {
  var open: [String] = []
  var strays: [String] = []
  for message in messages {
    if message["role"]?.string == "tool" {
      let id = message["toolCallId"]?.string ?? ""
      if open.first == id { open.removeFirst() } else { strays.append(id) }
    } else {
      strays += open
      open = message["toolCalls"]?.array?.compactMap { $0["id"]?.string } ?? []
    }
  }
  return strays + open
}
