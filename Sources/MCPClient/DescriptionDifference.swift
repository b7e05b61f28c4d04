import JSONCodec

/// What a tool's description was and is now, line by line, for a person to judge.
package struct DescriptionDifference: Sendable {
  /// Each begins with two blanks, `- ` or `+ `.
  package let lines: [String]

  private static let context = 2

  package init(from old: OfferedTool?, to new: OfferedTool) {
    let before = old.map(Self.text) ?? []
    let after = Self.text(of: new)
    let difference = after.difference(from: before)
    var (removed, inserted) = (Set<Int>(), Set<Int>())
    for change in difference {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): inserted.insert(offset)
      }
    }
    var all: [String] = []
    var (i, j) = (0, 0)
    while i < before.count || j < after.count {
      if removed.contains(i) {
        all.append("- " + before[i])
        i += 1
      } else if inserted.contains(j) {
        all.append("+ " + after[j])
        j += 1
      } else {
        all.append("  " + after[j])
        (i, j) = (i + 1, j + 1)
      }
    }
    lines = Self.around(all)
  }

  /// Changed lines and a little of what is around them.
  private static func around(_ all: [String]) -> [String] {
    var isNear = [Bool](repeating: false, count: all.count)
    for index in all.indices where !all[index].hasPrefix("  ") {
      for near in max(0, index - context)...min(all.count - 1, index + context) { isNear[near] = true }
    }
    var kept: [String] = []
    var last = -1
    for index in all.indices where isNear[index] {
      if last >= 0, index > last + 1 { kept.append("  …") }
      kept.append(all[index])
      last = index
    }
    return kept
  }

  private static func text(of tool: OfferedTool) -> [String] {
    String(decoding: tool.json.serialized(indentation: 2), as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }
}
