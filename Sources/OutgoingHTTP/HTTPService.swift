import CPluginServices
import HostServices
package import ToolContracts

/// `jf.http/1`: requests of one plugin for one tenant, to the servers that the operator listed.
package struct HTTPService: HostService {
  private static let longestRead: UInt64 = 1 << 20

  private let thread: TransferThread
  private let client: HTTPClient

  package init(_ thread: TransferThread, _ client: HTTPClient) {
    self.thread = thread
    self.client = client
  }

  package func answer(_ request: ServiceRequest, reply: @escaping @Sendable (ServiceAnswer) -> Void) {
    // The asker's tenant is the one that the service was made for, or the host has mixed up two of them.
    guard request.info.tenant == client.user.tenant else { return reply(ServiceAnswer(.denied)) }
    var question = QuestionBytes(request.bytes)
    let operation = Int(request.operation)
    if operation == PLUGIN_HTTP_REQUEST { return begin(request, reply) }
    guard let number = question.number() else { return reply(ServiceAnswer(.argument)) }
    switch operation {
    case PLUGIN_HTTP_RESPONSE:
      on(number, of: request.call, reply) { _, transfer in transfer.response(reply) }
    case PLUGIN_HTTP_READ:
      guard let capacity = question.number(), capacity > 0 else { return reply(ServiceAnswer(.argument)) }
      let longest = Int(min(capacity, Self.longestRead))
      read(number, of: request.call, reply) { body in body.read(atMost: longest, reply) }
    case PLUGIN_HTTP_STREAM:
      read(number, of: request.call, reply) { body in
        body.stream(within: PLUGIN_HTTP_WINDOW, PLUGIN_HTTP_PART, reply)
      }
    case PLUGIN_HTTP_CLOSE:
      on(number, of: request.call, reply) { thread, _ in
        thread.close(number)
        reply(ServiceAnswer(.ok))
      }
    default: reply(ServiceAnswer(.unsupported))
    }
  }

  package func ended(_ call: CallHandle) { _ = thread.post { $0.end(call, .closed) } }

  /// - Parameter read: answers whether there is room again for what there was none for.
  private func read(
    _ number: UInt64, of call: CallHandle, _ reply: @escaping @Sendable (ServiceAnswer) -> Void,
    _ read: (ResponseBody) -> Bool
  ) {
    guard let body = thread.body(number, of: call) else {
      return on(number, of: call, reply) { _, _ in reply(ServiceAnswer(.notFound)) }
    }
    guard read(body) else { return }
    _ = thread.post { $0.transfer(number, of: call)?.goOn() }
  }

  private func on(
    _ number: UInt64, of call: CallHandle, _ reply: @escaping @Sendable (ServiceAnswer) -> Void,
    _ body: @escaping @Sendable (TransferThread, Transfer) -> Void
  ) {
    let isTaken = thread.post { thread in
      guard let transfer = thread.transfer(number, of: call) else { return reply(ServiceAnswer(.notFound)) }
      body(thread, transfer)
    }
    if !isTaken { reply(ServiceAnswer(.cancelled)) }
  }

  private func begin(_ asked: ServiceRequest, _ reply: @escaping @Sendable (ServiceAnswer) -> Void) {
    var question = QuestionBytes(asked.bytes)
    guard let length = question.number(), let head = question.text(byteCount: length) else {
      return reply(ServiceAnswer(.argument))
    }
    let body = question.remainder()
    let isTaken = thread.post { [self] thread in
      do throws(ServiceRefusal) {
        let request = try OutgoingRequest(head: Array(head.utf8), body: body)
        guard !asked.info.changesNothing || request.isSafe else {
          throw ServiceRefusal(.denied, "nothing is changed while it is only asked what was done or would be")
        }
        let transfer = try Transfer(request, for: asked, of: client, time: thread.time)
        let number = try thread.begin(transfer)
        let cancellation = asked.cancellation
        // One that is cancelled already is told at once, and this thread then hears of it from itself.
        if let key = cancellation.addHandler({ ended(asked.call) }) {
          transfer.whenOver = { cancellation.removeHandler(key) }
        }
        reply(ServiceAnswer(.ok, Array(number: number)))
      } catch {
        refused(error, asked)
        reply(error.answer)
      }
    }
    if !isTaken { reply(ServiceAnswer(.cancelled)) }
  }

  private func refused(_ refusal: ServiceRefusal, _ asked: ServiceRequest) {
    client.audit(
      ServiceUse(
        info: asked.info, service: "jf.http/1", plugin: client.user.plugin, operation: "request",
        status: refusal.status, detail: refusal.message))
  }
}

extension ServiceRefusal {
  static let closed = ServiceRefusal(.cancelled, "the exchange was closed")
}
