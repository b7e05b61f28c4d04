import JSONCodec
import ToolContracts

extension FlowStep {
  var step: UInt32 {
    switch self {
    case .model(let call): call.step
    case .tool(let call), .approval(let call, _): call.step
    case .review(let review): review.step
    case .person(let request): request.step
    }
  }

  var isModelCall: Bool { if case .model = self { true } else { false } }

  @inline(never)
  func outcome(
    of result: Result<[UInt8], InvocationFailure>, _ receipt: ModelReceipt? = nil
  ) -> StepOutcome {
    guard isModelCall else { return .result(result) }
    switch result {
    case .success(let json):
      guard let document = try? JSONDocument(parsing: json), var answer = ModelAnswer(document.root) else {
        return .noAnswer(InvocationFailure(.invalidResult, "the model's answer makes no sense"))
      }
      answer.cost = receipt?.cost
      answer.provider = receipt?.provider
      answer.model = receipt?.model
      // Paid for by the run that it was given to first.
      if receipt?.isKept == true { answer.tokens = 0 }
      return .answer(answer)
    case .failure(let failure): return .noAnswer(failure)
    }
  }
}
