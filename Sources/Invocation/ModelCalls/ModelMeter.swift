import JSONCodec
import ModelContracts
import ToolContracts
import ToolRegistry

/// What one model call may use, and what it used in the end.
struct ModelMeter: Sendable {
  let provider: String
  let model: String
  /// What the model costs today; nil where nobody has said.
  let rates: TokenRates?
  private let currency: String
  private let estimate: TokenUsage

  /// - Returns: nil for a call of anything but a model.
  init?(_ enabled: EnabledFunction, _ arguments: [UInt8], on day: CivilDay) {
    guard enabled.function.descriptor.kind == .chat,
      let request = try? JSONDocument(parsing: arguments).root
    else { return nil }
    provider = String(enabled.function.name.plugin)
    model = request["model"]?.string ?? ""
    currency = enabled.models.prices.currency
    rates = enabled.models.prices.rates(of: model, provider: provider, on: day)
    estimate = TokenUsage(
      input: TokenEstimate.tokens(in: arguments),
      output: request["settings"]?.outputLimit ?? enabled.models.budgets.reservedOutput)
  }

  /// Before the call, to put aside.
  var expected: Spending { spending(estimate) }

  func spending(_ usage: TokenUsage) -> Spending {
    Spending(tokens: usage.total, cost: rates?.cost(of: usage) ?? .zero)
  }

  /// - Parameter answer: has passed the schema of answers.
  func charge(for answer: [UInt8]) -> ModelCharge {
    let usage = (try? JSONDocument(parsing: answer))?.root["usage"].map { TokenUsage($0) } ?? .none
    return ModelCharge(model: model, usage: usage, cost: rates?.cost(of: usage), currency: currency)
  }
}

extension JSONView {
  /// How many tokens the answer may have, by whichever name the provider has for it.
  fileprivate var outputLimit: Int64? {
    ["max_output_tokens", "max_completion_tokens", "max_tokens", "maxOutputTokens"].lazy
      .compactMap { self[$0]?.int }.first { $0 > 0 }
  }
}
