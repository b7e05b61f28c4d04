import JSONCodec
import Manifests
import ToolContracts

/// The stages of a run, and how far each has come.
struct StageBoard: Sendable {
  enum State: Sendable {
    case waiting
    case atWork
    /// - Parameter by: the agent whose answer it is; empty where it is none's.
    case done(JSONValue, by: String)
    case failed(InvocationFailure)
    /// - Parameter because: the stage that failed.
    case skipped(because: String)
  }
  /// In the order of the manifest.
  let stages: [StageDefinition]
  private var states: [String: State]
  private var begun: Set<String> = []

  init(_ stages: [StageDefinition]) {
    self.stages = stages
    states = Dictionary(stages.map { ($0.name, .waiting) }, uniquingKeysWith: { first, _ in first })
  }

  func stage(_ name: String) -> StageDefinition? { stages.first { $0.name == name } }
  func state(of stage: String) -> State { states[stage] ?? .waiting }

  /// What stages came to.
  var outputs: [String: JSONValue] {
    states.compactMapValues { if case .done(let output, _) = $0 { output } else { nil } }
  }

  var atWork: [StageDefinition] {
    stages.filter { if case .atWork = state(of: $0.name) { true } else { false } }
  }

  /// Whether a stage is still to be begun, or at work.
  var isOpen: Bool {
    states.values.contains { state in
      switch state {
      case .waiting, .atWork: true
      case .done, .failed, .skipped: false
      }
    }
  }

  /// Whether its beginning was told.
  func hasBegun(_ stage: String) -> Bool { begun.contains(stage) }
  mutating func noteBeginning(of stage: String) { begun.insert(stage) }

  mutating func set(_ state: State, of stage: String) { states[stage] = state }

  /// What is to be done next with a stage that waits: the first in the order of the manifest.
  enum Due: Sendable {
    case begin(StageDefinition)
    case skip(StageDefinition, because: String)
  }

  func due() -> Due? {
    for stage in stages {
      guard case .waiting = state(of: stage.name) else { continue }
      if let failed = stage.needs.lazy.compactMap({ blocker(of: $0) }).first {
        return .skip(stage, because: failed)
      }
      if stage.needs.allSatisfy(isSettled) { return .begin(stage) }
    }
    return nil
  }

  /// The stage because of which nothing that needs this one is begun; nil while it may still be.
  private func blocker(of stage: String) -> String? {
    switch state(of: stage) {
    case .failed: self.stage(stage)?.onFailure == .carryOn ? nil : stage
    case .skipped(let failed): failed
    case .waiting, .atWork, .done: nil
    }
  }

  private func isSettled(_ stage: String) -> Bool {
    switch state(of: stage) {
    case .done, .failed, .skipped: true
    case .waiting, .atWork: false
    }
  }
}
