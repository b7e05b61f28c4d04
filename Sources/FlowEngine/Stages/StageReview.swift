import JSONCodec
import ToolRegistry

/// What a person is to look at before a flow goes on.
package struct StageReview: Sendable {
  package var step: UInt32
  package var turn: UInt32
  package var stage: String
  /// What the stage was given.
  package var input: [UInt8]
  package var expiresNanoseconds: Int64
  /// Of what is approved.
  package var digest: String
}

extension StageDefinition {
  /// Names exactly what is approved: this stage as it is now, and this value.
  func digest(of value: JSONValue, in flow: String) -> String {
    var expires: JSONValue = .null
    if case .approval(let nanoseconds) = work { expires = .int(nanoseconds / 1_000_000) }
    let subject: JSONValue = [
      "flow": .string(flow), "stage": .string(name), "expires_ms": expires, "output": output?.schema ?? .null,
      "value": value,
    ]
    // A number that no double can hold has no canonical form; it is taken as it is written.
    return sha256(of: (try? subject.canonical()) ?? subject.serialized())
  }
}
