import Invocation
import JSONCodec
import Storage
import TestSupport
import ToolContracts
import ToolRegistry

/// Models and tools as chance has them: they answer, fail, come late or never, and their host may die under them.
struct SimulatedPlugin: ToolSource {
  let host: SimulatedHost
  let digest = "sha256:0"

  let descriptor = PluginDescriptor(
    id: "script", version: "1.0.0",
    functions: [
      FunctionDescriptor(
        name: "chat", kind: .chat, description: "", inputSchema: .null, effect: .none, mayPend: true)
    ]
      + Tool.allCases.map {
        FunctionDescriptor(
          name: $0.rawValue, description: "", inputSchema: $0.inputSchema, effect: $0.effect, mayPend: true)
      })

  enum Tool: String, CaseIterable {
    case work, put, write, judge

    var effect: Effect {
      switch self {
      case .work, .judge: .none
      case .put: .idempotent
      case .write: .nonIdempotent
      }
    }
    var inputSchema: JSONValue {
      self == .judge ? ["type": "object"] : ["type": "object", "properties": ["n": ["type": "integer"]]]
    }
  }

  func open(
    for tenant: TenantID, configuration: JSONValue, services: GrantedServices, receiver: any CallReceiver
  ) throws(PluginFailure) -> any ToolBackend {
    ClosureBackend(
      onReconcile: { call, function, _ in reconcile(call) },
      { call, function, arguments in
        guard !host.isDead, let info = lanes.info(call) else { return .unavailable }
        if function == 0 { return host.askModel(call, info, [UInt8](arguments)) }
        let tool = Tool.allCases[function - 1]
        if tool == .judge { return judge(call) }
        return use(tool, call, info, [UInt8](arguments))
      })
  }

  private var lanes: LanePool { host.world.lanes.pool }

  /// As a guardrail, and as one that is asked how sure an answer is.
  private func judge(_ call: CallHandle) -> CallStatus {
    let isSure = !host.world.goesWrong(300)
    return lanes.answer(
      call, ["allowed": .bool(!host.world.goesWrong(100)), "confidence": .int(isSure ? 1 : 0)])
  }

  private func use(_ tool: Tool, _ call: CallHandle, _ info: CallInfo, _ arguments: [UInt8]) -> CallStatus {
    let (world, habits) = (host.world, host.world.habits)
    world.require(
      tool.effect == .none || world.disk.hasIntent(of: info.call),
      "\(tool) \(info.call) is made without its intent on the disk")
    // Promised when it was asked what became of it.
    if tool.effect == .nonIdempotent, info.attempt <= world.givenUp[info.call] ?? 0 { return .denied }
    if world.goesWrong(habits.hostDiesInTool) {
      host.die(.diedBeforeEffect)
      return .unavailable
    }
    if world.goesWrong(habits.toolFails / 2) {
      world.saw(.toolFailed)
      return world.chance.one(of: [.tool, .busy, .internal])
    }
    if tool.effect != .none {
      world.happened(info.call, .init(tool: tool.rawValue, arguments: arguments, attempt: info.attempt))
    }
    if world.goesWrong(habits.hostDiesInTool) {
      host.die(.diedAfterEffect)
      return .unavailable
    }
    return answer(call, info)
  }

  private func answer(_ call: CallHandle, _ info: CallInfo) -> CallStatus {
    let (world, habits) = (host.world, host.world.habits)
    if world.goesWrong(habits.toolFails / 2) {
      world.saw(.toolFailed)
      return .io
    }
    if world.goesWrong(habits.toolNeverAnswers) {
      world.saw(.toolNeverAnswered)
      return .pending
    }
    let result: JSONValue = ["done": .string(info.call.description)]
    guard world.goesWrong(habits.toolAnswersLate) else { return lanes.answer(call, result) }
    // Now and then after the deadline.
    let moment = world.time.now().advanced(by: Int64(world.chance.below(600_000_000)))
    _ = lanes.schedule(at: moment) {
      world.saw(.toolAnsweredLate)
      _ = lanes.answer(call, result)
    }
    return .pending
  }

  /// What it says is true, and what it says has not happened it sees to that it never does.
  private func reconcile(_ call: CallHandle) -> CallStatus {
    let world = host.world
    guard !host.isDead, let info = lanes.info(call), world.chance.happens(600) else { return .unsupported }
    if world.goesWrong(host.world.habits.toolNeverAnswers) { return .pending }
    guard !world.hasHappened(info.call) else {
      world.saw(.reconciled)
      return lanes.answer(
        call, ["outcome": "happened", "result": ["done": .string(info.call.description)]])
    }
    world.saw(.reconciledAsNotHappened)
    let attempts = world.disk.events(of: info.call.run).filter {
      $0.kind == .toolStarted && $0.step == info.call.step
    }
    world.giveUp(info.call, until: UInt32(attempts.count))
    return lanes.answer(call, ["outcome": "did_not_happen"])
  }
}

extension LanePool {
  func answer(_ call: CallHandle, _ json: JSONValue) -> CallStatus {
    json.serialized().withUnsafeBytes { complete(call, status: .ok, payload: $0) }
  }
}
