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
  /// Nil for a stage.
  let call: ToolCallStep?

  init(_ call: ToolCallStep, _ approval: ToolApproval) {
    self.call = call
    step = call.step
    turn = call.turn
    agent = call.agent
    subject = .tool(call.tool.description)
    content = call.arguments
    digest = approval.digest(of: call.arguments)
    expiresNanoseconds = approval.rule.expiresNanoseconds
  }

  init(_ review: StageReview) {
    call = nil
    step = review.step
    turn = review.turn
    agent = ""
    subject = .stage(review.stage)
    content = review.input
    digest = review.digest
    expiresNanoseconds = review.expiresNanoseconds
  }

  /// The data of the event that begins the waiting.
  ///
  /// - Parameter preview: what the plugin says that the call would do.
  func data(at time: Int64, _ preview: ApprovalPreview?) -> [UInt8] {
    var data = JSONWriter(reserving: 256 + content.count)
    data.beginObject()
    data.subject(subject)
    data.field(subject.contentKey, raw: content)
    data.field("digest", digest)
    data.field("expires", time &+ expiresNanoseconds)
    if let preview {
      data.key("preview")
      data.beginObject()
      data.field("summary", preview.summary)
      if let details = preview.details { data.field("details", raw: details) }
      data.endObject()
    }
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
    case .model, .tool, .person: nil
    }
  }
}
