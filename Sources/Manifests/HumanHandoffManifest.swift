package import JSONCodec
package import ToolContracts

/// When a flow hands over to a person.
package struct HumanHandoffManifest: Sendable {
  /// What models call the tool with which they ask for a person.
  package static let toolName = "ask_for_person"

  /// Patterns in a question by which somebody asks for a person.
  package let request: [String]
  /// By name: patterns in a question that is for a person. In the order of the file.
  package let topics: [(name: String, patterns: [String])]
  package let confidence: ConfidenceManifest?
  /// Agents have a tool with which they ask for a person.
  package let onAgentRequest: Bool
  package let location: SourceLocation

  /// What is only for agents that answer the user; nil where there is nothing.
  package var keyForUsers: String? {
    if !request.isEmpty { return "on_request" }
    if !topics.isEmpty { return "topics" }
    return confidence == nil ? nil : "confidence"
  }
  /// All patterns, which are regular expressions.
  package var patterns: [String] { request + topics.flatMap(\.patterns) }

  init(_ value: ManifestCursor) throws(ManifestError) {
    location = value.location
    request = try value.texts("on_request")
    topics = try (value.optional("topics")?.members() ?? []).map { name, topic throws(ManifestError) in
      var patterns: [String] = []
      for pattern in try topic.elements() { patterns.append(try pattern.text()) }
      return (name, patterns)
    }
    onAgentRequest = try value.optional("on_agent_request")?.bool() ?? false
    confidence = try value.optional("confidence").map { value throws(ManifestError) in
      try ConfidenceManifest(value)
    }
  }
}

/// How sure an agent is of its answer is told as a number from 0 to 1.
package struct ConfidenceManifest: Sendable {
  package enum Source: Sendable {
    /// The agent tells it itself: where in its answer, which is JSON.
    case answer(JSONPointer)
    /// A tool that is asked.
    case tool(ToolName)
  }
  package let source: Source
  /// An answer below it is a person's to give.
  package let threshold: Double
  /// Below it, an answer counts as one of `consecutive`.
  package let low: Double
  /// So many turns in a row, this one included; nil: any number.
  package let consecutive: Int?
  package let location: SourceLocation

  init(_ value: ManifestCursor) throws(ManifestError) {
    location = value.location
    if let tool = value.optional("tool") {
      guard let name = ToolName(try tool.text()) else { throw tool.mismatch("a tool, such as safety.judge") }
      source = .tool(name)
    } else {
      let text = try value.required("pointer")
      guard let pointer = try? JSONPointer(parsing: try text.text()) else {
        throw text.mismatch("a JSON Pointer, such as /confidence")
      }
      source = .answer(pointer)
    }
    threshold = try value.optional("threshold")?.number() ?? 0
    low = try value.optional("low")?.number() ?? threshold
    consecutive = try value.optional("consecutive").map { count throws(ManifestError) in try count.integer() }
  }
}
