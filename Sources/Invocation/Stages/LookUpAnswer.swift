import JSONCodec
import ModelContracts
import Storage
import Telemetry
package import ToolContracts
import ToolRegistry

/// A question that is put to a model because no answer to it was kept. Whoever has one owes `land`.
struct AnswerFlight: Sendable {
  fileprivate let question: AnswerQuestion
  fileprivate let call: ApprovedCall
  /// Others wait for the answer.
  fileprivate let isShared: Bool
}

enum AnswerLookup: Sendable {
  case kept(CallResult)
  case asks(AnswerFlight)
}

extension InvocationPipeline {
  /// Behind the approval, or one tenant's answer would reach who may not ask; before admission, since it costs nothing.
  func lookUp(
    _ question: AnswerQuestion, for call: ApprovedCall
  ) async throws(InvocationFailure) -> AnswerLookup {
    if let result = kept(question, call) { return .kept(result) }
    guard question.caching.joins else {
      return .asks(AnswerFlight(question: question, call: call, isShared: false))
    }
    switch flights.lead(question.key) ? .leads : await wait(for: question, call) {
    case .leads:
      // Who led before may have ended between the look and now.
      if let result = kept(question, call) {
        flights.land(question.key, .answered(result.json))
        return .kept(result)
      }
      return .asks(AnswerFlight(question: question, call: call, isShared: true))
    case .answered(let json): return .kept(again(json, question, call))
    case .alone: return .asks(AnswerFlight(question: question, call: call, isShared: false))
    case .gaveUp:
      if let cancellation = call.request.cancellation, cancellation.isCancelled {
        throw cancellation.reason ?? .cancelled
      }
      throw InvocationFailure(
        .timedOut, "\(call.enabled.function.name) did not answer in time",
        detail: "waited for the answer to the same request of another call")
    }
  }

  /// Keeps the answer, if it is one to be given again, and tells who waits for it.
  func land(_ flight: AnswerFlight, _ outcome: CallOutcome) async {
    let key = flight.question.key
    guard case .success(let result) = outcome else {
      if flight.isShared { flights.land(key, .failed) }
      return
    }
    guard AnswerFitness.isFit(result.json, to: flight.call.arguments.json) else {
      if flight.isShared { flights.land(key, .unfit) }
      return
    }
    let now = time.wallClock()
    let (expires, overflow) = now.addingReportingOverflow(flight.question.caching.lifetimeNanoseconds)
    let answer = KeptAnswer(
      json: result.json, provider: String(flight.call.enabled.function.name.plugin),
      expires: overflow ? .max : expires)
    do throws(StorageFailure) {
      try await answers.keep(answer, to: key, at: now, within: flight.call.enabled.models.answers)
    } catch {
      log.warning("an answer could not be kept", ["reason": "\(error.description)"])
    }
    if flight.isShared { flights.land(key, .answered(result.json)) }
  }

  /// Whether the call would be answered without its model. For who may not ask the model just now.
  package func hasAnswer(to request: CallRequest) -> Bool {
    guard let resolved = try? resolve(request, in: source.registry, at: time.now()),
      let authorised = try? authorise(resolved), let validated = try? validateArguments(of: authorised),
      let approved = try? checkApproval(of: validated), let question = AnswerQuestion(approved)
    else { return false }
    return (try? answers.answer(to: question.key, at: time.wallClock())) != nil
  }

  // MARK: Answers

  private func kept(_ question: AnswerQuestion, _ call: ApprovedCall) -> CallResult? {
    do throws(StorageFailure) {
      return try answers.answer(to: question.key, at: time.wallClock()).map { again($0, question, call) }
    } catch {
      // The model has it too.
      log.warning("kept answers could not be looked up", ["reason": "\(error.description)"])
      return nil
    }
  }

  /// Gives the answer as the model gave it: piece by piece to who shows it.
  private func again(_ json: [UInt8], _ question: AnswerQuestion, _ call: ApprovedCall) -> CallResult {
    let answer = try? JSONDocument(parsing: json).root
    if let observer = call.request.observer, let text = answer?["text"]?.string {
      for piece in pieces(of: text) {
        observer.received(CallEvent(kind: .text, data: piece), from: call.request.call)
      }
    }
    let meter = ModelMeter(call.enabled, model: question.model, on: CivilDay(wallClock: time.wallClock()))
    metrics.countKeptAnswer()
    return CallResult(json: json, charge: meter.chargeForKept(answer))
  }

  private func wait(for question: AnswerQuestion, _ call: ApprovedCall) async -> AnswerFlights.Turn {
    let cancellation = call.request.cancellation
    var timer: Int?
    var handler: Int?
    let turn = await withUnsafeContinuation { continuation in
      let ticket = flights.wait(for: question.key, continuation)
      guard ticket > 0 else { return }
      timer = lanes.schedule(at: call.deadline) { [flights] in flights.giveUp(ticket, on: question.key) }
      handler = cancellation?.addHandler { [flights] in flights.giveUp(ticket, on: question.key) }
    }
    if let timer { lanes.unschedule(timer) }
    if let handler { cancellation?.removeHandler(handler) }
    return turn
  }
}

/// A long text is not one piece to who shows it. Each is whole code points, and at most 1024 bytes.
private func pieces(of text: String) -> [[UInt8]] {
  var pieces: [[UInt8]] = []
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    var end = min(rest.startIndex + 1024, rest.endIndex)
    while end < rest.endIndex, rest[end] & 0xc0 == 0x80 { end -= 1 }
    pieces.append(Array(rest[..<end]))
    rest = rest[end...]
  }
  return pieces
}
