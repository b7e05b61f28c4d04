import JSONCodec

/// The values that a schema says must not be repeated: those which any subschema that might apply to them marks
/// `writeOnly` or `sensitive`, whether it accepts them or not.
struct SensitiveValues {
  private var marked: Set<Int> = []

  private static let limit = 100_000

  /// None: for pointers that are never shown.
  init() {}

  init(_ plan: Plan, _ tape: JSONTape, root: Int) {
    guard plan.hasSensitiveValues else { return }
    var seen: Set<UInt64> = []
    var waiting: [(node: NodeID, index: Int)] = [(plan.tables.root, root)]
    while let (node, index) = waiting.popLast() {
      guard seen.insert(UInt64(node) << 32 | UInt64(index)).inserted else { continue }
      if seen.count > Self.limit {
        // Following the schema everywhere would take too long: then nothing is repeated at all.
        marked = [root]
        return
      }
      if plan.tables.nodes[node].flags & PlanNode.isSensitive != 0 { marked.insert(index) }
      SubschemaApplications.forEach(of: node, to: index, plan.tables, tape) { waiting.append(($0, $1)) }
    }
  }

  /// Whether the value at `index`, or one it is part of, must not be repeated.
  func contains(_ index: Int, in tape: JSONTape) -> Bool { outermost(around: index, in: tape) != nil }

  /// The outermost value around `index` that must not be repeated; the names inside it must not be either.
  func outermost(around index: Int, in tape: JSONTape) -> Int? {
    marked.filter { $0 <= index && index < tape.next(after: $0) }.min()
  }
}
