import Invocation
import JSONCodec
import Locking
import ModelContracts
import ToolContracts

/// One question to a model, and when its answer came.
final class ProviderTrial: CallObserver {
  private let provider: String
  private let model: String
  private let started: MonotonicTime
  private let time: any TimeSource
  /// Nanoseconds since it was asked.
  private let firstPiece = Lock<Int64?>(nil)

  init(provider: String, model: String, started: MonotonicTime, time: any TimeSource) {
    self.provider = provider
    self.model = model
    self.started = started
    self.time = time
  }

  static func request(_ model: String, _ settings: JSONValue) -> [UInt8] {
    let message: JSONValue = ["role": "user", "content": "Answer with the one word: ready"]
    let request: JSONValue = [
      "form": 2, "model": .string(model), "messages": [message], "tools": [], "toolChoice": "auto",
      "settings": settings,
    ]
    return request.serialized()
  }

  func received(_ event: CallEvent, from call: CallID) {
    let passed = started.nanoseconds(until: time.now())
    firstPiece.withLock { if $0 == nil { $0 = passed } }
  }

  func progressed(_ progress: CallProgress, of call: CallID) {}

  func report(_ outcome: CallOutcome) -> ProviderReport {
    ProviderReport(
      provider: provider, model: model, outcome: outcome, firstPiece: firstPiece.withLock { $0 },
      total: started.nanoseconds(until: time.now()))
  }
}

/// How a trial of a provider went.
struct ProviderReport {
  let provider: String
  let model: String
  let outcome: CallOutcome
  /// Nanoseconds; nil where the answer came in one piece.
  let firstPiece: Int64?
  let total: Int64
  /// Nil where it sent no request.
  var connection: ProviderConnection?

  private var charge: ModelCharge? { (try? outcome.get())?.charge }
  private var answer: JSONView? { (try? JSONDocument(parsing: outcome.get().json))?.root }

  var json: JSONValue {
    var object: JSONObject = ["provider": .string(provider), "model": .string(model)]
    switch outcome {
    case .success:
      object["status"] = "ok"
      object["finish_reason"] = .string(answer?["finishReason"]?.string ?? "")
      object["answer"] = .string(answer?["text"]?.string ?? "")
      object["input_tokens"] = .int(Int(charge?.usage.input ?? 0))
      object["output_tokens"] = .int(Int(charge?.usage.output ?? 0))
      object["cost"] = charge?.cost.map { .string($0.description) } ?? .null
      if charge?.cost != nil { object["currency"] = .string(charge?.currency ?? "") }
    case .failure(let failure):
      object["status"] = "error"
      var error: JSONObject = ["code": .string(failure.code.rawValue), "message": .string(failure.message)]
      if let kind = failure.trouble { error["kind"] = .string(kind.rawValue) }
      error["detail"] = failure.detail.map { .string($0) }
      if let wait = failure.retryAfterMilliseconds { error["retry_after_ms"] = .int(Int(wait)) }
      object["error"] = .object(error)
    }
    object["connection"] = connection?.json ?? .null
    object["first_piece_us"] = firstPiece.map { .int(Int($0 / 1000)) } ?? .null
    object["total_us"] = .int(Int(total / 1000))
    return .object(object)
  }

  func print(on console: Console) {
    console.result("\(printable(provider)) \(printable(model))")
    switch outcome {
    case .success:
      let text = printable(String((answer?["text"]?.string ?? "").prefix(60)))
      console.result(padded("answer", 14) + "\(answer?["finishReason"]?.string ?? "")  \(text)")
      let usage = charge?.usage ?? .none
      console.result(padded("tokens", 14) + "\(usage.input) in, \(usage.output) out")
      let cost = charge?.cost.map { "\($0) \(charge?.currency ?? "")" } ?? "unknown: the model has no price"
      console.result(padded("cost", 14) + cost)
    case .failure(let failure):
      let kind = failure.trouble.map { " (\($0.rawValue))" } ?? ""
      console.result(padded("error", 14) + "\(failure.code.rawValue)\(kind): \(printable(failure.message))")
      if let detail = failure.detail { console.result(padded("because", 14) + printable(detail)) }
    }
    connection?.print(on: console)
    if let firstPiece { console.result(padded("first piece", 14) + milliseconds(firstPiece)) }
    console.result(padded("total", 14) + milliseconds(total))
  }
}
