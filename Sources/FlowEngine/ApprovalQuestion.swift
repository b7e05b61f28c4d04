import JSONCodec
import ToolContracts
import ToolRegistry

/// What a person is asked, as the journal has it.
struct ApprovalQuestion: Sendable {
  let step: UInt32
  let turn: UInt32
  let agent: String
  let subject: PendingApproval.Subject
  /// JSON: arguments of a call, or what a stage was given.
  let content: [UInt8]
  let digest: String
  let expiresNanoseconds: Int64

  init(_ call: ToolCallStep, _ approval: ToolApproval) {
    step = call.step
    turn = call.turn
    agent = call.agent
    subject = .tool(call.tool.description)
    content = call.arguments
    digest = approval.digest(of: call.arguments)
    expiresNanoseconds = approval.rule.expiresNanoseconds
  }

  init(_ review: StageReview) {
    step = review.step
    turn = review.turn
    agent = ""
    subject = .stage(review.stage)
    content = review.input
    digest = review.digest
    expiresNanoseconds = review.expiresNanoseconds
  }

  /// The data of the event that begins the waiting.
  func data(at time: Int64) -> [UInt8] {
    var data = JSONWriter(reserving: 256 + content.count)
    data.beginObject()
    data.subject(subject)
    data.field(subject.contentKey, raw: content)
    data.field("digest", digest)
    data.field("expires", time &+ expiresNanoseconds)
    data.endObject()
    return data.bytes
  }
}

extension PendingApproval.Subject {
  /// Of an `approval.requested`, and of the arguments or the value that a person gives instead.
  var contentKey: String {
    switch self {
    case .tool: "arguments"
    case .stage: "value"
    }
  }
}

extension JSONWriter {
  mutating func subject(_ subject: PendingApproval.Subject) {
    switch subject {
    case .tool(let name): field("tool", name)
    case .stage(let name): field("stage", name)
    }
  }
}

extension FlowStep {
  /// Nil for what nobody is asked about.
  var question: ApprovalQuestion? {
    switch self {
    case .approval(let call, let approval): ApprovalQuestion(call, approval)
    case .review(let review): ApprovalQuestion(review)
    case .model, .tool: nil
    }
  }
}
