package import JSONCodec

/// How a stage's input is put together: JSON, in which strings that begin with a dollar sign stand for what there is.
package indirect enum StageInput: Sendable {
  case literal(JSONValue)
  /// The run's input; with a pointer, a part of it as JSON.
  case runInput(JSONPointer)
  /// What a stage came to, or a part of it.
  case output(stage: String, JSONPointer)
  case array([StageInput])
  case object([(key: String, value: StageInput)])

  /// Of a stage that says nothing: the run's input, and with it the outputs of what it needs.
  static func standard(needing stages: [String]) -> StageInput {
    if stages.isEmpty { return .runInput(.root) }
    return .object([
      ("input", .runInput(.root)), ("stages", .object(stages.map { ($0, .output(stage: $0, .root)) })),
    ])
  }

  /// The stages whose outputs it has.
  package var stages: [String] {
    switch self {
    case .literal, .runInput: []
    case .output(let stage, _): [stage]
    case .array(let elements): elements.flatMap(\.stages)
    case .object(let members): members.flatMap(\.value.stages)
    }
  }
}

package struct StageSchema: Sendable {
  package let schema: JSONValue
  package let location: SourceLocation
}
