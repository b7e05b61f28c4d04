import JSONCodec
import ModelContracts
import ToolContracts
import ToolRegistry

/// What one model call may use, and what it used in the end.
final class ModelMeter: Sendable {
  let provider: String
  let model: String
  /// What the model costs today; nil where nobody has said.
  let rates: TokenRates?
  private let currency: String
  private let reservedOutput: Int64

  /// - Returns: nil for a call of anything but a model.
  convenience init?(_ enabled: EnabledFunction, _ arguments: [UInt8], on day: CivilDay) {
    guard enabled.function.descriptor.kind == .chat,
      let request = try? JSONDocument(parsing: arguments).root
    else { return nil }
    self.init(enabled, model: request["model"]?.string ?? "", on: day)
  }

  init(_ enabled: EnabledFunction, model: String, on day: CivilDay) {
    provider = String(enabled.function.name.plugin)
    self.model = model
    currency = enabled.models.prices.currency
    rates = enabled.models.prices.rates(of: model, provider: provider, on: day)
    reservedOutput = enabled.models.budgets.reservedOutput
  }

  /// Before the call, to put aside. Reads all of the request.
  func expected(of arguments: [UInt8]) -> Spending {
    let settings = try? JSONDocument(parsing: arguments).root["settings"]
    return spending(
      TokenUsage(
        input: TokenEstimate.tokens(in: arguments), output: settings?.outputLimit ?? reservedOutput))
  }

  func spending(_ usage: TokenUsage) -> Spending {
    Spending(tokens: usage.total, cost: rates?.cost(of: usage) ?? .zero)
  }

  /// - Parameter answer: has passed the schema of answers.
  func charge(for answer: [UInt8]) -> ModelCharge {
    let usage = usage(in: (try? JSONDocument(parsing: answer))?.root)
    return ModelCharge(model: model, usage: usage, cost: rates?.cost(of: usage), currency: currency)
  }

  /// - Parameter answer: one that was paid for before.
  func chargeForKept(_ answer: JSONView?) -> ModelCharge {
    let usage = usage(in: answer)
    return ModelCharge(
      model: model, usage: usage, cost: .zero, currency: currency,
      saving: ModelCharge.Saving(cost: rates?.cost(of: usage)))
  }

  private func usage(in answer: JSONView?) -> TokenUsage {
    answer?["usage"].map { TokenUsage($0) } ?? .none
  }
}

extension JSONView {
  /// How many tokens the answer may have, by whichever name the provider has for it.
  fileprivate var outputLimit: Int64? {
    ["max_output_tokens", "max_completion_tokens", "max_tokens", "maxOutputTokens"].lazy
      .compactMap { self[$0]?.int }.first { $0 > 0 }
  }
}
