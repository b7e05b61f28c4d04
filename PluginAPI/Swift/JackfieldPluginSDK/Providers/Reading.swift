/// What a member of a server's JSON says, where it says it in the type that is looked for.
extension JSONValue? {
  public var optionalText: String? { if case .string(let text)? = self { text } else { nil } }
  /// Empty where there is none.
  public var text: String { optionalText ?? "" }
  /// A number of things: not negative.
  public var count: Int? { if case .integer(let value)? = self, value >= 0 { Int(value) } else { nil } }
  /// Empty where there is none.
  public var elements: [JSONValue] { if case .array(let elements)? = self { elements } else { [] } }
}

extension ProviderFailure {
  /// - Parameter detail: for operators.
  public static func badAnswer(_ detail: String) -> ProviderFailure {
    ProviderFailure(.badAnswer, Kind.badAnswer.words, detail: detail)
  }

  public static func incomplete(_ detail: String) -> ProviderFailure {
    ProviderFailure(.incomplete, Kind.incomplete.words, detail: detail)
  }

  public static let cutStream = incomplete("the stream ended before the answer did")
}
