import ToolContracts

/// A step that is done now.
struct DueStep: Sendable {
  let step: FlowStep
  /// Among those of its batch.
  let index: Int
  let attempt: UInt32
}

/// Steps that are done together, and what is known of each.
final class StepBatch {
  let steps: [FlowStep]
  /// In the order of the steps.
  private var outcomes: [StepOutcome?]
  var due: [DueStep] = []
  /// A person decides about these.
  private(set) var waiting: [ApprovalQuestion] = []
  /// Those of them that nobody was asked yet.
  private(set) var unasked: [ApprovalQuestion] = []
  /// One of the calls may have happened before the host stopped: then none is made.
  var isInDoubt = false

  init(_ steps: [FlowStep]) {
    self.steps = steps
    outcomes = Array(repeating: nil, count: steps.count)
  }

  /// Where the journal knows nothing of them: all are due, and nobody was asked.
  @inline(never)
  func takeUp() {
    for (index, step) in steps.enumerated() {
      if let question = step.question {
        note(.unasked, of: question, index)
      } else {
        due.append(DueStep(step: step, index: index, attempt: 1))
      }
    }
  }

  func note(_ approval: ActiveRun.Approval, of question: ApprovalQuestion, _ index: Int) {
    switch approval {
    case .decided(let decision): outcomes[index] = .decision(decision)
    case .asked: waiting.append(question)
    case .unasked:
      waiting.append(question)
      unasked.append(question)
    }
  }

  func note(_ outcome: Result<[UInt8], InvocationFailure>, _ receipt: ModelReceipt?, _ index: Int) {
    outcomes[index] = steps[index].outcome(of: outcome, receipt)
  }

  @inline(never)
  func add(_ made: [(index: Int, outcome: StepOutcome)]) {
    for (index, outcome) in made { outcomes[index] = outcome }
  }

  /// Of a call that was refused its agent learns; a model or a person is only not asked any more.
  var cannotBeRefused: Bool { !waiting.isEmpty || due.contains { $0.step.isModelCall } }

  /// The journal lacks what became of one of the calls.
  var isUnrecorded: Bool { outcomes.contains { $0?.isUnrecorded == true } }

  var endsRun: Bool { zip(steps, outcomes).contains { $1?.endsRun(as: $0) == true } }

  var results: [StepOutcome] {
    outcomes.map { $0 ?? .result(.failure(InvocationFailure(.internal, "the call has no result"))) }
  }
}

extension StepOutcome {
  fileprivate var isUnrecorded: Bool {
    switch self {
    case .noAnswer(let failure), .result(.failure(let failure)): failure.isUnrecorded
    case .answer, .result(.success), .decision, .returned: false
    }
  }

  /// Whether nothing can follow on it: an agent learns that its call was cancelled, and the next turn ends the run.
  fileprivate func endsRun(as step: FlowStep) -> Bool {
    switch (self, step) {
    case (.noAnswer(let failure), _): failure.code == .cancelled
    case (.result(.failure(let failure)), .tool(let call)): failure.code == .cancelled && call.stage != nil
    default: false
    }
  }
}
