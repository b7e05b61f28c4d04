import JSONCodec
import Manifests
import ToolContracts

extension StageInput {
  /// What a stage is given.
  ///
  /// - Parameters:
  ///   - input: the run's.
  ///   - outputs: by stage; null is that of one which failed and was gone on without.
  /// - Throws: `schemaViolation` where a pointer leads nowhere.
  func value(input: String, outputs: [String: JSONValue]) throws(InvocationFailure) -> JSONValue {
    switch self {
    case .literal(let value): return value
    case .runInput(let pointer):
      if pointer.tokens.isEmpty { return .string(input) }
      guard let json = try? JSONValue(parsing: input, limits: .strict) else {
        throw InvocationFailure(.schemaViolation, "the run's input is no JSON, and has nothing at \(pointer)")
      }
      return try StageInput.part(of: json, pointer, "the run's input")
    case .output(let stage, let pointer):
      return try StageInput.part(of: outputs[stage] ?? .null, pointer, "the output of \(stage)")
    case .array(let elements):
      return .array(
        try elements.map { element throws(InvocationFailure) in
          try element.value(input: input, outputs: outputs)
        })
    case .object(let members):
      var object = JSONObject()
      for (key, member) in members { object[key] = try member.value(input: input, outputs: outputs) }
      return .object(object)
    }
  }

  private static func part(
    of value: JSONValue, _ pointer: JSONPointer, _ what: String
  ) throws(InvocationFailure) -> JSONValue {
    if let part = value[pointer] { return part }
    // Nothing came of it, and so no part of it either.
    if value.isNull { return .null }
    throw InvocationFailure(.schemaViolation, "there is nothing at \(pointer) of \(what)")
  }

  /// Nothing but what the person said.
  var isQuestion: Bool { if case .runInput = self { true } else { false } }
}
