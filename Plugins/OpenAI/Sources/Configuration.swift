/// A kind of server, and what is usual for it.
package enum Preset: String, Codable, Sendable, CaseIterable {
  case openai, azure, together, ollama, vllm, litellm, openrouter
  case llamaCpp = "llama_cpp"

  /// Nil where every installation has its own.
  var baseURL: String? {
    switch self {
    case .openai: "https://api.openai.com/v1"
    case .azure: nil
    case .together: "https://api.together.xyz/v1"
    case .ollama: "http://127.0.0.1:11434/v1"
    case .vllm: "http://127.0.0.1:8000/v1"
    case .litellm: "http://127.0.0.1:4000/v1"
    case .openrouter: "https://openrouter.ai/api/v1"
    case .llamaCpp: "http://127.0.0.1:8080/v1"
    }
  }

  /// The secret that holds the key; nil where servers usually ask for none.
  var secret: String? {
    switch self {
    case .openai: "OPENAI_API_KEY"
    case .azure: "AZURE_OPENAI_API_KEY"
    case .together: "TOGETHER_API_KEY"
    case .litellm: "LITELLM_API_KEY"
    case .openrouter: "OPENROUTER_API_KEY"
    case .ollama, .vllm, .llamaCpp: nil
    }
  }

  /// Whether the models are OpenAI's own: what they take goes by their names.
  var hasOpenAIModels: Bool { self == .openai || self == .azure }
  /// Whether a grammar for the answer and tools exclude each other.
  var formsAnswersOnlyWithoutTools: Bool { self == .ollama || self == .llamaCpp }
}

package enum API: String, Codable, Sendable, CaseIterable {
  case chatCompletions = "chat_completions"
  case responses
}

/// What an operator says; README.md explains it.
package struct Configuration: Codable, Sendable {
  package var endpoints: [String: Endpoint]?
  /// The endpoint of models whose name begins with none's.
  package var `default`: String?

  package struct Endpoint: Codable, Sendable {
    package var preset: Preset?
    package var baseURL: String?
    package var api: API?
    package var secret: String?
    package var headers: [String: String]?
    package var apiVersion: String?

    enum CodingKeys: String, CodingKey {
      case preset, api, secret, headers
      case baseURL = "base_url"
      case apiVersion = "api_version"
    }
  }
}
