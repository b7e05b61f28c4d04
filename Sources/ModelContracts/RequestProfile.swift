package import JSONCodec

/// What can be told of a request without asking a model.
package struct RequestProfile: Sendable, Hashable {
  /// An estimate.
  package var tokens: Int64
  /// Whether the request offers any.
  package var offersTools: Bool
  /// Of the user's newest message, as ISO 639-1 has it; nil where it cannot be told.
  package var language: String?
  /// From 0 to 100.
  package var complexity: Int

  package init(tokens: Int64, offersTools: Bool, language: String?, complexity: Int) {
    self.tokens = tokens
    self.offersTools = offersTools
    self.language = language
    self.complexity = complexity
  }

  /// - Parameter request: as PluginAPI/PROVIDERS.md has it.
  package init(_ request: JSONView) {
    let messages = request["messages"].map { Array($0.elements) } ?? []
    let question = messages.last { $0["role"]?.string == "user" && $0["agent"] == nil }
    let text = question?["content"]?.string ?? ""
    let tools = request["tools"].map { Array($0.elements).count } ?? 0
    self.init(
      tokens: TokenEstimate.tokens(in: request.rawBytes), offersTools: tools > 0,
      language: LanguageGuess.language(of: text),
      complexity: Self.complexity(of: text, messages: messages.count, tools: tools))
  }

  /// Cheap, and no more than a hint: long questions, several at once, code, a long conversation and many tools make a request
  /// harder.
  private static func complexity(of text: String, messages: Int, tools: Int) -> Int {
    let length = min(40, Int(TokenEstimate.tokens(in: text.utf8) / 10))
    let questions = text.utf8.count { $0 == UInt8(ascii: "?") }
    let lines = text.split(separator: "\n")
    let items = lines.count { line in
      line.first.map { "-*•".contains($0) || $0.isNumber } ?? false
    }
    let parts = min(20, 5 * (max(0, questions - 1) + items))
    let signs = text.utf8.count { "{}()[]=<>+*/^;".utf8.contains($0) }
    let isFenced = lines.contains { $0.drop { $0 == " " }.hasPrefix("```") }
    let code = isFenced || signs * 20 > text.utf8.count && signs > 4 ? 20 : 0
    return length + parts + code + min(10, messages) + min(10, tools)
  }
}

/// Which requests a rule is for. What is nil says nothing.
package struct RequestCondition: Sendable, Hashable {
  package var minTokens: Int64?
  package var maxTokens: Int64?
  package var offersTools: Bool?
  /// Any of these; empty: whichever.
  package var languages: [String]
  package var minComplexity: Int?
  package var maxComplexity: Int?

  package init(
    minTokens: Int64? = nil, maxTokens: Int64? = nil, offersTools: Bool? = nil, languages: [String] = [],
    minComplexity: Int? = nil, maxComplexity: Int? = nil
  ) {
    self.minTokens = minTokens
    self.maxTokens = maxTokens
    self.offersTools = offersTools
    self.languages = languages
    self.minComplexity = minComplexity
    self.maxComplexity = maxComplexity
  }

  package func holds(for profile: RequestProfile) -> Bool {
    if let minTokens, profile.tokens < minTokens { return false }
    if let maxTokens, profile.tokens > maxTokens { return false }
    if let offersTools, profile.offersTools != offersTools { return false }
    if !languages.isEmpty, !(profile.language.map(languages.contains) ?? false) { return false }
    if let minComplexity, profile.complexity < minComplexity { return false }
    if let maxComplexity, profile.complexity > maxComplexity { return false }
    return true
  }
}
