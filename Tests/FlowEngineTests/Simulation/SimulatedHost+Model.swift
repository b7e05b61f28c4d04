import Invocation
import JSONCodec
import Storage
import ToolContracts

// A model that says whatever comes to its mind.
extension SimulatedHost {
  func askModel(_ call: CallHandle, _ info: CallInfo, _ bytes: [UInt8]) -> CallStatus {
    let request = (try? JSONValue(parsing: bytes)) ?? .null
    check(request, of: info)
    let (lanes, habits) = (world.lanes.pool, world.habits)
    if world.goesWrong(habits.modelFails) {
      world.saw(.modelFailed)
      return world.chance.one(of: [.busy, .unavailable, .pending, .internal])
    }
    if world.goesWrong(habits.modelFails / 4) {
      world.saw(.modelFailed)
      return lanes.answer(call, "no answer at all")
    }
    let answer = (try? JSONValue(parsing: answer(to: request))) ?? .null
    guard world.goesWrong(habits.modelAnswersLate) else { return lanes.answer(call, answer) }
    // Now and then after another was asked in its place, or after its deadline.
    _ = lanes.schedule(at: world.time.now().advanced(by: Int64(world.chance.below(1_500_000_000)))) {
      [self] in
      world.saw(.modelAnsweredLate)
      _ = lanes.answer(call, answer)
    }
    return .pending
  }

  /// What a model is asked has to be in order, and safe on the disk as far as it tells of results.
  private func check(_ request: JSONValue, of info: CallInfo) {
    guard owns(info.call.run) else { return }
    // Where a host asks twice at once, it may be answered while it asks a second time.
    world.require(
      !world.disk.isSettled(info.call, by: asksTwiceAtOnce ? fence(of: info.call.run) - 1 : .max),
      "the model is asked \(info.call) again")
    let messages = request["messages"]?.array ?? []
    let unanswered = unansweredCalls(in: messages)
    world.require(unanswered.isEmpty, "\(info.call): calls and results do not match: \(unanswered)")
    for message in messages where message["role"]?.string == "tool" {
      guard let content = message["content"]?.string, let result = try? JSONValue(parsing: content),
        let done = result["done"]?.string, let step = UInt32(done.split(separator: "/").last ?? "")
      else { continue }
      world.require(
        world.disk.hasOutcome(of: CallID(run: info.call.run, step: step)),
        "the model is told of \(done), which is not on the disk")
    }
  }

  private func answer(to request: JSONValue) -> String {
    let names = request["tools"]?.array?.compactMap { $0["name"]?.string } ?? []
    let turn = request["messages"]?.array?.filter { $0["role"]?.string == "assistant" }.count ?? 0
    guard !names.isEmpty, world.chance.happens(max(100, 850 - 120 * turn)) else {
      return ScriptedFlow.saying(world.chance.one(of: ["done", #"{"n":1}"#, "a secret", ""]))
    }
    let count = world.chance.one(of: [1, 1, 1, 2, 2, 3, 5])
    return ScriptedFlow.calling((0..<count).map { _ in call(one: names) })
  }

  private func call(one names: [String]) -> (id: String, name: String, arguments: String) {
    let number = world.number()
    let name = world.chance.one(of: names)
    if name == "ask_for_person", !world.goesWrong(world.habits.modelMisbehaves) {
      return ("c\(number)", name, #"{"reason":"beyond me"}"#)
    }
    guard world.goesWrong(world.habits.modelMisbehaves) else {
      return ("c\(number)", name, #"{"n":\#(number)}"#)
    }
    world.saw(.modelMisbehaved)
    switch world.chance.below(6) {
    case 0: return ("c\(number)", "no_such_tool", "{}")
    case 1: return ("c\(number)", name, #"{"n":"#)
    case 2: return ("c\(number)", name, #"{"n":"many"}"#)
    case 3: return ("same", name, #"{"n":\#(number)}"#)
    case 4: return ("c\(number)", name, "")
    default: return ("", name, #"{"n":1,"n":2}"#)
    }
  }
}
