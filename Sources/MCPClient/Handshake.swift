import JSONCodec
import JSONRPC

/// The first words with a server.
extension ServerSession {
  enum Probe {
    /// It speaks 2026-07-28, and that is agreed.
    case modern
    /// It answered anything else.
    case other
    /// It has not answered yet; it may still.
    case silent(Question)
    case lost
  }

  func discover(withinNanoseconds nanoseconds: Int64) -> Probe {
    agree(on: .modern)
    let question = ask("server/discover")
    switch question.wait(nanoseconds: nanoseconds) {
    case .result(let result): return isModern(result) ? .modern : .other
    case .error, .unreadable: return .other
    case .lost: return .lost
    case nil: return .silent(question)
    }
  }

  /// Whether the answer came after all, and was that of a server of 2026-07-28; then that is agreed.
  func agreesLate(_ question: Question) -> Bool {
    guard case .result(let result) = question.answer, isModern(result) else { return false }
    agree(on: .modern)
    return true
  }

  private func isModern(_ result: JSONView) -> Bool {
    result["supportedVersions"]?.elements.contains { $0.string == Era.modernRevision } ?? false
  }

  func initialize(withinNanoseconds nanoseconds: Int64) throws(ServerFailure) {
    agree(on: .legacy(Era.offeredLegacyRevision))
    let question = ask("initialize") { params in
      params.field("protocolVersion", Era.offeredLegacyRevision)
      params.key("capabilities")
      // In a session this is said once, before it is known who will be there to be asked.
      RequestMeta.writeCapabilities(to: &params, mayAsk: true)
      params.key("clientInfo")
      client.write(to: &params)
    }
    let result = try answer(to: question, "initialize", withinNanoseconds: nanoseconds)
    guard let revision = result["protocolVersion"]?.string, Era.legacyRevisions.contains(revision) else {
      throw ServerFailure("it agreed to a revision of the protocol that this host does not speak")
    }
    agree(on: .legacy(revision))
    notify("notifications/initialized")
  }

  func answer(
    to question: Question, _ method: String, withinNanoseconds nanoseconds: Int64
  ) throws(ServerFailure) -> JSONView {
    switch question.wait(nanoseconds: nanoseconds) {
    case .result(let result): return result
    case .error(let error):
      let message = String((error["message"]?.string ?? "").unicodeScalars.prefix(200))
      throw ServerFailure("it refused \(method): error \(error["code"]?.int ?? 0), \(message)")
    case .unreadable: throw ServerFailure("its answer to \(method) cannot be read")
    case .lost: throw ServerFailure("it ended before it had answered \(method)")
    case nil: throw ServerFailure("it did not answer \(method) in time")
    }
  }
}
