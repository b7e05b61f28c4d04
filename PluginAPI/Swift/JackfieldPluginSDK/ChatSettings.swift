/// The settings of an agent's model that mean the same to every provider. PluginAPI/PROVIDERS.md has them.
public struct ChatSettings: Decodable, Sendable, Equatable {
  /// 0 to 2.
  public var temperature: Double?
  /// Above 0, at most 1.
  public var topP: Double?
  /// Of one answer, reasoning included. At least 1.
  public var maxOutputTokens: Int?
  /// Texts at which the answer ends.
  public var stop: [String]?
  public var seed: Int64?
  /// Whether one answer may call several tools.
  public var parallelToolCalls: Bool?
  public var reasoning: Reasoning?

  public struct Reasoning: Decodable, Sendable, Equatable {
    public enum Effort: String, Decodable, Sendable, CaseIterable {
      case none, minimal, low, medium, high
    }
    public var effort: Effort?
    /// At most this much of the answer is reasoning.
    public var budgetTokens: Int?
    /// Whether pieces of the reasoning are wanted, where the provider shows them.
    public var summary: Bool?

    enum CodingKeys: String, CodingKey, CaseIterable {
      case effort, summary
      case budgetTokens = "budget_tokens"
    }

    public init(effort: Effort? = nil, budgetTokens: Int? = nil, summary: Bool? = nil) {
      self.effort = effort
      self.budgetTokens = budgetTokens
      self.summary = summary
    }
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case temperature, stop, seed, reasoning
    case topP = "top_p"
    case maxOutputTokens = "max_output_tokens"
    case parallelToolCalls = "parallel_tool_calls"
  }

  public init() {}
}

extension ChatRequest {
  /// The settings that every provider has, and those of the section that is this provider's own. Sections of other
  /// providers are theirs, and are not looked at.
  ///
  /// - Parameter section: As `Plugin.id`.
  /// - Throws: `ProviderError.invalidRequest` for an unknown setting, one of the wrong type or out of its range.
  public func settings<Section: Decodable & Sendable>(
    section: String, as type: Section.Type
  ) throws(ProviderError) -> (common: ChatSettings, own: Section) {
    var known: [String: JSONValue] = [:]
    for (name, value) in settings {
      if ChatSettings.CodingKeys(rawValue: name) != nil { known[name] = value; continue }
      if case .object = value { continue }
      throw .invalidRequest(
        "unknown setting \"\(name.prefix(64))\"; known: "
          + (ChatSettings.CodingKeys.allCases.map(\.rawValue).sorted() + [section]).joined(separator: ", "))
    }
    if case .object(let reasoning)? = known["reasoning"],
      let unknown = reasoning.keys.sorted().first(where: {
        ChatSettings.Reasoning.CodingKeys(rawValue: $0) == nil
      })
    {
      throw .invalidRequest("unknown setting \"reasoning.\(unknown.prefix(64))\"")
    }
    var own = self
    own.settings = [:]
    if case .object(let members)? = settings[section] { own.settings = members }
    let common: ChatSettings
    do {
      common = try JSONCoding.answer(known).withBytes { try JSONTape(parsing: $0).decode(ChatSettings.self) }
    } catch {
      throw .invalidRequest("the settings do not fit: \(JSONCoding.describe(error))")
    }
    try common.check()
    return (common, try own.settings(as: type))
  }
}

extension ChatSettings {
  func check() throws(ProviderError) {
    let faults: [(isThere: Bool, name: String)] = [
      (temperature.map { !(0...2).contains($0) } ?? false, "temperature: 0 to 2"),
      (topP.map { !($0 > 0 && $0 <= 1) } ?? false, "top_p: above 0, at most 1"),
      (maxOutputTokens.map { $0 < 1 } ?? false, "max_output_tokens: at least 1"),
      ((reasoning?.budgetTokens).map { $0 < 0 } ?? false, "reasoning.budget_tokens: at least 0"),
      (stop.map { $0.isEmpty || $0.contains("") } ?? false, "stop: texts that are not empty"),
    ]
    if let fault = faults.first(where: \.isThere) {
      throw .invalidRequest("a setting is out of its range: \(fault.name)")
    }
  }
}
