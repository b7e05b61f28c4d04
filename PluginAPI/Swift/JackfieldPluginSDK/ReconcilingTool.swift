/// A tool that can look up what became of a call whose outcome was lost in a crash. The host asks it before it asks a person.
public protocol ReconcilingTool: ToolDeclaration {
  /// `input` is that of the lost call, `context.idempotencyKey` its key. Changes nothing, may be asked again, and may block.
  /// Whatever it throws means that it does not know.
  func reconcile(_ input: Input, context: CallContext) throws -> Reconciliation<Output>
}

/// What became of a call.
public enum Reconciliation<Output: Encodable & Sendable>: Encodable, Sendable {
  /// It had its effect, and this is what it would have answered.
  case happened(Output)
  /// It had none, and will not have one later: it may be made again.
  case didNotHappen
  /// A person decides, and reads the note.
  case unknown(note: String)

  private enum Key: CodingKey {
    case outcome
    case result
    case note
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    switch self {
    case .happened(let result):
      try container.encode("happened", forKey: .outcome)
      try container.encode(result, forKey: .result)
    case .didNotHappen: try container.encode("did_not_happen", forKey: .outcome)
    case .unknown(let note):
      try container.encode("unknown", forKey: .outcome)
      try container.encode(note, forKey: .note)
    }
  }
}

/// A tool that can say what a call would do, for whoever approves it.
public protocol PreviewingTool: ToolDeclaration {
  /// Changes nothing, and may block. No promise: the world may be another one when the call is made.
  func preview(_ input: Input, context: CallContext) throws -> Preview
}

public struct Preview: Encodable, Sendable {
  /// "Transfers 20 EUR from A to B."; at most 4096 bytes.
  public var summary: String
  /// To look at.
  public var details: JSONValue?

  public init(_ summary: String, details: JSONValue? = nil) {
    self.summary = summary
    self.details = details
  }
}
