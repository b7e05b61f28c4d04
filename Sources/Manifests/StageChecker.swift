import JSONCodec

/// Whether the stages of a flow can be done, one after the other.
struct StageChecker {
  let flow: FlowManifest
  private let order: StageOrder

  init(_ flow: FlowManifest) {
    self.flow = flow
    order = StageOrder(flow.stages)
  }

  func check() -> [ManifestError] {
    flow.stages.flatMap { checkNames(of: $0) + checkReferences(of: $0) } + checkOrder() + checkResult()
  }

  private var names: [String] { flow.stages.map(\.name) }

  private func checkNames(of stage: StageManifest) -> [ManifestError] {
    var errors = stage.needs.filter { !names.contains($0.name) }.map(unknown)
    if let agent = stage.agent, flow.agent(agent.name) == nil {
      let known = flow.agents.map(\.name)
      errors.append(
        ManifestError(
          .unknownAgent, at: agent.location,
          "there is no agent of this flow named '\(agent.name)'\(hint(agent.name, known))"))
    }
    return errors
  }

  private func unknown(_ reference: NameReference) -> ManifestError {
    ManifestError(
      .unknownStage, at: reference.location,
      "there is no stage named '\(reference.name)'\(hint(reference.name, names))")
  }

  /// An output is there for whoever comes after its stage in any case, and for nobody else.
  private func checkReferences(of stage: StageManifest) -> [ManifestError] {
    let before = order.before(stage.name)
    return stage.input.stages.filter { !before.contains($0) }.compactMap { reference in
      let location = stage.inputLocation
      guard names.contains(reference) else {
        // What the stage says that it needs has been told already.
        return stage.needs.contains { $0.name == reference }
          ? nil : unknown(NameReference(name: reference, location: location))
      }
      return ManifestError(
        .unknownStage, at: location,
        "'\(stage.name)' takes what '\(reference)' came to, and may be done before it; say that it needs '\(reference)'"
      )
    }
  }

  private func checkOrder() -> [ManifestError] {
    var told: Set<String> = []
    return flow.stages.compactMap { stage in
      if order.before(stage.name).contains(stage.name) {
        guard !told.contains(stage.name) else { return nil }
        let circle = flow.stages.map(\.name).filter {
          order.before($0).contains(stage.name) && order.before(stage.name).contains($0)
        }
        told.formUnion(circle)
        let names = circle.map { "'\($0)'" }.joined(separator: ", ")
        return ManifestError(
          .stageCycle, at: stage.location, "each of these stages waits for the others: \(names)")
      }
      let circles = order.before(stage.name).filter { order.before($0).contains($0) }
      guard let circle = circles.sorted().first else { return nil }
      return ManifestError(
        .unreachableStage, at: stage.location,
        "the stage '\(stage.name)' is never begun: it waits for '\(circle)', which waits for itself")
    }
  }

  private func checkResult() -> [ManifestError] {
    guard let result = flow.result, !names.contains(result.name) else { return [] }
    return [unknown(result)]
  }
}

/// Which stages are done before which.
struct StageOrder {
  private var all: [String: Set<String>] = [:]

  init(_ stages: [StageManifest]) {
    let needs = Dictionary(
      stages.map { ($0.name, $0.needs.map(\.name)) }, uniquingKeysWith: { first, _ in first })
    for stage in stages {
      var seen: Set<String> = []
      var next = needs[stage.name] ?? []
      while let need = next.popLast() {
        if needs[need] != nil, seen.insert(need).inserted { next += needs[need] ?? [] }
      }
      all[stage.name] = seen
    }
  }

  /// The stage itself is among them where it waits for itself.
  func before(_ stage: String) -> Set<String> { all[stage] ?? [] }
}
