/// Chooses which findings are worth telling: of alternatives the one that was most probably meant, and of all the
/// ones that help most.
enum FindingSelection {
  static func mostUseful(_ findings: [Finding], atMost limit: Int) -> [Finding] {
    var leaves: [Finding] = []
    for finding in findings { collect(finding, into: &leaves) }
    let ranked = leaves.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }
    return ranked.prefix(limit).map(\.element)
  }

  private static func collect(_ finding: Finding, into leaves: inout [Finding]) {
    switch finding.problem {
    case .applied:
      for cause in finding.causes { collect(cause, into: &leaves) }
    case .noBranch:
      guard let branch = closestBranch(of: finding) else { return leaves.append(finding) }
      collect(branch, into: &leaves)
    default: leaves.append(finding)
    }
  }

  /// The alternative that was meant: one of the right type whose constants fit, with the least wrong about it.
  /// - Returns: `nil` when none stands out, and the alternatives had better be listed.
  private static func closestBranch(of finding: Finding) -> Finding? {
    let scored = finding.causes.map { (branch: $0, cost: cost(of: $0, at: finding.instance)) }
    guard let best = scored.min(by: { $0.cost < $1.cost }) else { return nil }
    if scored.count == 1 { return best.branch }
    let isTied = scored.filter { $0.cost == best.cost }.count > 1
    return isTied || best.cost >= 100 ? nil : best.branch
  }

  private static func cost(of branch: Finding, at instance: Int) -> Int {
    var leaves: [Finding] = []
    for cause in branch.causes { collect(cause, into: &leaves) }
    return leaves.reduce(0) { total, leaf in
      switch leaf.problem {
      case .wrongType where leaf.instance == instance: total + 100
      case .neverValid: total + 100
      case .notListed: total + (leaf.instance == instance ? 60 : 40)
      case .missing: total + 10
      default: total + 1
      }
    }
  }

  private static func rank(_ finding: Finding) -> Int {
    switch finding.problem {
    case .unknownProperty(_, let known): known.isEmpty ? 3 : 0
    case .wrongType: 1
    case .missing, .notListed: 2
    case .excluded, .severalBranches, .neverValid: 4
    default: 3
    }
  }
}
