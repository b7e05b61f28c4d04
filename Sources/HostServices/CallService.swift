import CPluginServices
import Locking
package import ToolContracts

/// `jf.call/1`: calls of other tools, on behalf of a call that runs and never with more than its caller's authority.
package final class CallService: HostService {
  /// Calls within calls: of an agent's call, of the ones that this makes, and so on.
  package static let deepest = 4
  private static let longestName: UInt64 = 64

  private let user: ServiceUser
  private let grant: CallGrant
  private let caller: any ToolCaller
  private let executor: (any TaskExecutor)?
  private let time: any TimeSource
  private let audit: ServiceAudit
  /// How many calls each running call has made.
  private let made = Lock<[CallHandle: UInt32]>([:])

  /// - Parameter executor: where the calls that are made run; nil: where all tasks do.
  package init(
    _ user: ServiceUser, grant: CallGrant, caller: any ToolCaller, executor: (any TaskExecutor)?,
    time: any TimeSource, audit: @escaping ServiceAudit
  ) {
    self.user = user
    self.grant = grant
    self.caller = caller
    self.executor = executor
    self.time = time
    self.audit = audit
  }

  package func answer(_ asked: ServiceRequest, reply: @escaping @Sendable (ServiceAnswer) -> Void) {
    // The asker's tenant is the one that the service was made for, or the host has mixed up two of them.
    guard asked.info.tenant == user.tenant else { return reply(ServiceAnswer(.denied)) }
    var question = QuestionBytes(asked.bytes)
    guard Int(asked.operation) == PLUGIN_CALL_CALL else { return reply(ServiceAnswer(.unsupported)) }
    guard let length = question.number(), length <= Self.longestName,
      let name = question.text(byteCount: length)
    else { return reply(ServiceAnswer(.argument)) }
    let arguments = question.remainder()
    do throws(Refusal) {
      let request = try request(name, arguments, asked)
      Task(executorPreference: executor) { [caller] in
        reply(ServiceAnswer(await caller.result(of: request)))
      }
    } catch {
      audit(
        ServiceUse(
          info: asked.info, service: "jf.call/1", plugin: user.plugin, operation: "call",
          status: error.status,
          detail: "\(name): \(error.message)"))
      reply(ServiceAnswer(error.status, Array(error.message.utf8)))
    }
  }

  package func ended(_ call: CallHandle) { made.withLock { _ = $0.removeValue(forKey: call) } }

  private func request(
    _ name: String, _ arguments: [UInt8], _ asked: ServiceRequest
  ) throws(Refusal) -> CallRequest {
    let info = asked.info
    guard !info.changesNothing else {
      throw Refusal(.denied, "nothing is called while it is only asked what was done or would be")
    }
    // As agents name it, or as operators do.
    guard let tool = ToolName(name) ?? ToolName(alias: name) else {
      throw Refusal(.notFound, "there is no tool of that name")
    }
    let authority = info.authority.passed(on: info.tool, effect: info.effect, within: grant.tools)
    guard authority.allows(tool) else { throw Refusal(.denied, "\(tool) may not be called from here") }
    guard authority.ancestors.count < Self.deepest else {
      throw Refusal(.limit, "calls within calls go no deeper than \(Self.deepest)")
    }
    guard !authority.ancestors.contains(tool) else {
      throw Refusal(.limit, "\(tool) waits for this very call")
    }
    let number = made.withLock { made in
      made[asked.call, default: 0] += 1
      return made[asked.call, default: 0]
    }
    return CallRequest(
      tool: tool, arguments: arguments, principal: Principal(tenant: info.tenant, user: info.user),
      call: info.call.child(number), attempt: info.attempt, position: info.position,
      timeoutNanoseconds: max(0, time.now().nanoseconds(until: asked.deadline)),
      cancellation: asked.cancellation, authority: authority)
  }

  private struct Refusal: Error {
    var status: CallStatus
    var message: String

    init(_ status: CallStatus, _ message: String) {
      self.status = status
      self.message = message
    }
  }
}

extension ServiceAnswer {
  /// With the message that any other asker would get.
  fileprivate init(_ result: Result<[UInt8], InvocationFailure>) {
    switch result {
    case .success(let json): self.init(.ok, json)
    case .failure(let failure): self.init(CallStatus(failure), Array(failure.message.utf8))
    }
  }
}

extension CallStatus {
  /// What a failure is to the plugin whose call it was.
  fileprivate init(_ failure: InvocationFailure) {
    switch failure.code {
    case .toolNotFound: self = .notFound
    case .invalidJSON, .schemaViolation: self = .argument
    case .denied: self = .denied
    case .rateLimited, .unavailable: self = .busy
    case .cancelled: self = .cancelled
    default: self = failure.effectUnknown ? .io : .tool
    }
  }
}
