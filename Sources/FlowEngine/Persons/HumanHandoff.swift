package import JSONCodec
package import JSONSchema
package import ToolContracts

/// When a flow hands over to a person. Decided by the host: by what was asked, and by how sure an answer is.
package struct HumanHandoff: Sendable {
  package struct Topic: Sendable {
    package var name: String
    /// Of a text that is about something else.
    package var other: CompiledSchema

    package init(name: String, other: CompiledSchema) {
      self.name = name
      self.other = other
    }
  }
  package struct Confidence: Sendable {
    package enum Source: Sendable {
      case answer(JSONPointer)
      case tool(ToolName)
    }
    package var source: Source
    package var threshold: Double
    package var low: Double
    package var consecutive: Int?

    package init(source: Source, threshold: Double, low: Double, consecutive: Int? = nil) {
      self.source = source
      self.threshold = threshold
      self.low = low
      self.consecutive = consecutive
    }
  }
  /// Of a text in which nobody asks for a person; nil: nobody can.
  package var noRequest: CompiledSchema?
  package var topics: [Topic]
  package var confidence: Confidence?
  /// Agents that answer have a tool with which they ask for a person.
  package var onAgentRequest: Bool

  package init(
    noRequest: CompiledSchema? = nil, topics: [Topic] = [], confidence: Confidence? = nil,
    onAgentRequest: Bool = false
  ) {
    self.onAgentRequest = onAgentRequest
    self.noRequest = noRequest
    self.topics = topics
    self.confidence = confidence
  }

  /// Why a question is a person's to answer; nil where it is not.
  func reason(for question: String) -> PersonRequest.Reason? {
    let text = JSONValue.string(question).serialized()
    // What cannot be judged is a person's.
    guard let document = try? JSONDocument(parsing: text) else { return .request }
    if let noRequest, !noRequest.isValid(document.root) { return .request }
    return topics.first { !$0.other.isValid(document.root) }.map { .topic($0.name) }
  }

  /// Why an answer is not given without a person; nil where it is.
  ///
  /// - Parameters:
  ///   - told: nil where nobody could tell how sure it is: then it is not sure at all.
  ///   - past: of the turns before, the newest last.
  func reason(forConfidence told: Double?, past: [Double]) -> PersonRequest.Reason? {
    guard let confidence else { return nil }
    let value = told ?? 0
    if value < confidence.threshold { return .confidence(value) }
    guard let count = confidence.consecutive, value < confidence.low else { return nil }
    let before = past.suffix(count - 1)
    return before.count == count - 1 && before.allSatisfy { $0 < confidence.low }
      ? .lowConfidenceTurns(count) : nil
  }
}

/// A run is handed over to a person.
package struct PersonRequest: Sendable, Equatable {
  package enum Reason: Sendable, Equatable {
    case request
    case topic(String)
    case confidence(Double)
    case lowConfidenceTurns(Int)
    /// In the agent's words.
    case agent(String)
    /// A stage has failed, and why.
    case stage(String, String)

    /// Stable across releases.
    package var code: String {
      switch self {
      case .request: "request"
      case .topic: "topic"
      case .confidence: "confidence"
      case .lowConfidenceTurns: "low_confidence_turns"
      case .agent: "agent_request"
      case .stage: "stage_failed"
      }
    }

    package var words: String {
      switch self {
      case .request: "the user asks for a person"
      case .topic(let name): "the question is about \(name), which is for a person"
      case .confidence(let value): "the agent is not sure enough of its answer: \(value)"
      case .lowConfidenceTurns(let count): "the agents were not sure of \(count) answers in a row"
      case .agent(let reason): "the agent asks for a person: \(reason)"
      case .stage(let name, let why): "the stage \(name) failed: \(why)"
      }
    }
  }
  package var step: UInt32
  package var turn: UInt32
  package var agent: String
  package var reason: Reason
  /// What the agent would have answered; nil where it was not asked.
  package var draft: String?
}

/// How a person gave a run back.
package struct PersonReturn: Sendable, Equatable {
  /// The person's answer; nil: the agent goes on.
  package var text: String?
}
