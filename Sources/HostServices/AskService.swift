import CPluginServices
import JSONCodec
import PluginABI
package import ToolContracts

/// `jf.ask/1`: puts a question of a plugin to the person for whom its call runs.
package struct AskService: HostService {
  private static let longestMessage: UInt64 = 16 << 10
  private let receiver: any CallReceiver

  /// - Parameter receiver: where the calls of the plugin report to; it knows who can be asked.
  package init(receiver: any CallReceiver) { self.receiver = receiver }

  package func answer(_ request: ServiceRequest, reply: @escaping @Sendable (ServiceAnswer) -> Void) {
    var question = QuestionBytes(request.bytes)
    guard Int(request.operation) == PLUGIN_ASK_ASK else { return reply(ServiceAnswer(.unsupported)) }
    guard let length = question.number(), length <= Self.longestMessage,
      let message = question.text(byteCount: length), !message.isEmpty,
      let schema = form(question.remainder())
    else { return reply(ServiceAnswer(.argument)) }
    let status = receiver.ask(
      request.call, [.form(message: message, schema: schema)], until: request.cancellation
    ) { reply(ServiceAnswer($0.first ?? .dismissed)) }
    if status != .ok { reply(ServiceAnswer(status)) }
  }

  /// Whether a form can be made of it is for whoever shows it to say.
  private func form(_ bytes: [UInt8]) -> JSONValue? {
    guard let text = String(validating: bytes, as: UTF8.self),
      let schema = try? JSONValue(parsing: text, limits: JSONLimits(maxDepth: 16)), schema.kind == .object
    else { return nil }
    return schema
  }
}

extension ServiceAnswer {
  fileprivate init(_ answer: InquiryAnswer) {
    let (action, content): (Int, [UInt8]) =
      switch answer {
      case .accepted(let content): (JF_ASK_ACCEPTED, content.serialized())
      case .declined: (JF_ASK_DECLINED, [])
      case .dismissed: (JF_ASK_CANCELLED, [])
      }
    self.init(.ok, Array(number: UInt64(action)) + content)
  }
}
