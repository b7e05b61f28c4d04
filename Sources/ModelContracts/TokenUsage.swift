package import JSONCodec

/// What a provider counted of one answer.
package struct TokenUsage: Sendable, Hashable {
  package static let none = TokenUsage()

  /// All that was read, what came out of the provider's own cache or went into it included.
  package var input: Int64
  /// All that was written, reasoning included.
  package var output: Int64
  /// Of `input`: read from the provider's cache.
  package var cachedInput: Int64
  /// Of `input`: written to the provider's cache.
  package var cacheWrite: Int64
  /// Of `output`: reasoning.
  package var reasoning: Int64

  package init(
    input: Int64 = 0, output: Int64 = 0, cachedInput: Int64 = 0, cacheWrite: Int64 = 0, reasoning: Int64 = 0
  ) {
    self.input = Self.believed(input)
    self.output = Self.believed(output)
    self.cachedInput = min(Self.believed(cachedInput), self.input)
    self.cacheWrite = min(Self.believed(cacheWrite), self.input - self.cachedInput)
    self.reasoning = min(Self.believed(reasoning), self.output)
  }

  /// - Parameter json: the `usage` of a provider's answer.
  package init(_ json: JSONView) {
    func count(_ key: String) -> Int64 { json[key]?.int ?? 0 }
    self.init(
      input: count("inputTokens"), output: count("outputTokens"), cachedInput: count("cachedInputTokens"),
      cacheWrite: count("cacheWriteInputTokens"), reasoning: count("reasoningTokens"))
  }

  package var total: Int64 { input + output }

  package static func += (left: inout TokenUsage, right: TokenUsage) {
    left = TokenUsage(
      input: left.input + right.input, output: left.output + right.output,
      cachedInput: left.cachedInput + right.cachedInput, cacheWrite: left.cacheWrite + right.cacheWrite,
      reasoning: left.reasoning + right.reasoning)
  }

  /// No provider is believed so far that a sum of its numbers could overflow.
  private static func believed(_ count: Int64) -> Int64 { min(max(0, count), 1 << 50) }
}
