/// What a million tokens of each kind cost. Each rate has at most six digits behind the point, so that one token costs a
/// whole number of trillionths.
package struct TokenRates: Sendable, Hashable {
  package var input: Money
  package var output: Money
  package var cachedInput: Money
  package var cacheWrite: Money
  package var reasoning: Money

  /// - Parameters:
  ///   - cachedInput: nil: as all other input. So is `cacheWrite`.
  ///   - reasoning: nil: as all other output.
  package init(
    input: Money, output: Money, cachedInput: Money? = nil, cacheWrite: Money? = nil, reasoning: Money? = nil
  ) {
    self.input = input
    self.output = output
    self.cachedInput = cachedInput ?? input
    self.cacheWrite = cacheWrite ?? input
    self.reasoning = reasoning ?? output
  }

  package func cost(of usage: TokenUsage) -> Money {
    cost(input, usage.input - usage.cachedInput - usage.cacheWrite)
      + cost(cachedInput, usage.cachedInput) + cost(cacheWrite, usage.cacheWrite)
      + cost(output, usage.output - usage.reasoning) + cost(reasoning, usage.reasoning)
  }

  private func cost(_ rate: Money, _ tokens: Int64) -> Money {
    Money(trillionths: rate.trillionths / 1_000_000).times(tokens)
  }
}
