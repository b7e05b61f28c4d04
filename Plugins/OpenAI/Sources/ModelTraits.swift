internal import JackfieldPluginSDK

/// The section `openai` of an agent's settings.
struct OpenAISettings: Decodable, Sendable {
  /// Instead of the endpoint's.
  var api: API?
  /// Whether the answer is asked for in pieces; else it comes whole.
  var stream: Bool?
  /// Whether the server keeps the answer. Responses alone.
  var store: Bool?
  /// Whether schemas that allow it are held to strictly.
  var strict: Bool?
  /// Whether the model reasons, where its name does not tell.
  var reasoningModel: Bool?
  var serviceTier: String?
  /// Who the model answers, for the server's own monitoring.
  var safetyIdentifier: String?
  var verbosity: Verbosity?

  enum Verbosity: String, Decodable, Sendable, CaseIterable { case low, medium, high }

  enum CodingKeys: String, CodingKey {
    case api, stream, store, strict, verbosity
    case reasoningModel = "reasoning_model"
    case serviceTier = "service_tier"
    case safetyIdentifier = "safety_identifier"
  }

  init() {}
}

/// What a model takes that others do not.
struct ModelTraits: Sendable {
  /// It reasons before it answers, and takes no temperature.
  let reasons: Bool
  let holdsToSchemas: Bool
  let maxTokensKey: String

  init(_ model: String, at preset: Preset, _ settings: OpenAISettings) {
    let families = ["o1", "o3", "o4", "gpt-5"]
    let reasonsByName =
      preset.hasOpenAIModels
      && families.contains { model == $0 || model.hasPrefix($0 + "-") || model.hasPrefix($0 + ".") }
      && !model.contains("-chat")
    reasons = settings.reasoningModel ?? reasonsByName
    holdsToSchemas = settings.strict ?? preset.hasOpenAIModels
    // Only OpenAI's own servers know it; there the older key is refused by models that reason.
    maxTokensKey = preset.hasOpenAIModels ? "max_completion_tokens" : "max_tokens"
  }
}

/// What one request is made of, whichever of the two interfaces it goes to.
struct Question {
  let request: ChatRequest
  let common: ChatSettings
  let own: OpenAISettings
  let model: String
  let preset: Preset
  let traits: ModelTraits

  init(_ request: ChatRequest, model: String, preset: Preset) throws(ProviderError) {
    self.request = request
    self.model = model
    self.preset = preset
    (common, own) = try request.settings(section: "openai", as: OpenAISettings.self)
    traits = ModelTraits(model, at: preset, own)
    if traits.reasons, common.temperature != nil || common.topP != nil {
      throw .invalidRequest("\(model) reasons, and takes neither temperature nor top_p")
    }
    if common.reasoning?.budgetTokens != nil, preset != .openrouter {
      throw .invalidRequest("\(model) takes reasoning.effort, and no budget_tokens")
    }
  }

  var streams: Bool { own.stream ?? true }

  /// - Returns: whether a schema is sent to be held to strictly.
  func isStrict(_ schema: JSONValue) -> Bool { traits.holdsToSchemas && StrictSchema.openAI.allows(schema) }
}
