import Glibc
package import JackfieldPluginSDK

/// A provider that misbehaves on purpose: each of its models does something that models do, and should not.
package struct ChaosPlugin: Plugin {
  package static let id = "chaos"
  package static let version = "1.0.0"
  package static let functions: [Function<ChaosPlugin>] = [
    .chat { _ in ChaosChat() },
    .models { _ in ChaosCase.allCases.map { ChatModel(name: $0.rawValue, description: $0.summary) } },
  ]

  package init(_ opening: OpenContext) throws {}
}

/// One turn of a conversation with a model that misbehaves.
package struct ChaosChat: ChatProvider {
  package static let description = "Misbehaves as its model's name says."

  struct Settings: Codable, Sendable {
    /// 0 unless given.
    var seed: Int64?
  }

  package func respond(to request: ChatRequest, stream: ChatStream) throws -> ChatAnswer {
    guard let chaos = ChaosCase(rawValue: request.model) else {
      throw ProviderError.invalidRequest("there is no model \"\(request.model.prefix(64))\"")
    }
    let seed = try request.settings(as: Settings.self).seed ?? 0
    var script = ChaosScript(request, seed: UInt64(bitPattern: seed))
    if let answer = script.answer(chaos) {
      if chaos == .drip { try drip(answer.text, stream) } else { try stream.text(answer.text) }
      return answer
    }
    switch chaos {
    case .busy: throw ProviderError.busy("come back later")
    case .failure: throw ProviderError.failed("the model does not feel like it")
    case .defect: throw Defect()
    case .endlessText:
      while true {
        try stream.text("and ")
        pause()
      }
    default:
      while !stream.context.isCancelled { pause() }
      throw ProviderError.failed("nobody waited")
    }
  }

  private struct Defect: Error {}

  private func drip(_ text: String, _ stream: ChatStream) throws {
    for letter in text {
      try stream.text(String(letter))
      pause()
    }
  }

  private func pause() { usleep(2_000) }
}
