import JSONCodec
package import ModelContracts
import ToolContracts

/// What was used, summed up from a journal's events. A value: events go in one after the other.
package struct UsageReport: Sendable {
  package enum Grouping: String, Sendable, CaseIterable {
    case tenant, model, tool, user, day, run, agent, conversation
  }

  package struct Row: Sendable, Equatable {
    package var calls = 0
    package var failures = 0
    /// Answered from the host's own cache, at no cost.
    package var cached = 0
    /// What the answers from the cache would have used, and cost by currency.
    package var savedUsage = TokenUsage.none
    package var savedCosts: [String: Money] = [:]
    package var usage = TokenUsage.none
    /// By currency.
    package var costs: [String: Money] = [:]
    /// Answered calls of which nobody knows what they cost.
    package var unpriced = 0
    package var microseconds: Int64 = 0
  }

  /// Where sums are made of. Calls of tools count by `tool` alone. Which conversation a run is of stands in its first event.
  package static let kinds: Set<JournalEvent.Kind> = [
    .runStarted, .modelCompleted, .toolFinished, .toolRejected, .callFinished, .callRejected,
  ]

  package let grouping: Grouping
  private let moment: Int64
  private var conversations: [RunID: String] = [:]
  package private(set) var rows: [String: Row] = [:]
  package private(set) var total = Row()

  /// - Parameter moment: what was used before is left out; nanoseconds since 1970.
  package init(by grouping: Grouping, since moment: Int64 = .min) {
    self.grouping = grouping
    self.moment = moment
  }

  /// From when on events are wanted: a run that began before may go on after.
  package var start: Int64 { grouping == .conversation ? .min : moment }

  package mutating func add(_ event: JournalEvent) {
    if event.kind == .runStarted { return noteConversation(of: event) }
    guard event.time >= moment else { return }
    // A forked run begins with what another one did.
    guard let data = try? JSONDocument(parsing: event.data).root, data["copied"]?.bool != true,
      // What the flow engine refused was never a call; what is in doubt has no outcome yet.
      let status = data["status"]?.string, status != "in_doubt"
    else { return }
    let isOfModel = event.kind == .modelCompleted || data["model"] != nil
    guard isOfModel || grouping == .tool else { return }
    var row = Row(calls: 1)
    row.microseconds = data["duration_us"]?.int ?? 0
    if status != "ok" {
      row.failures = 1
    } else if isOfModel {
      row.charge(data)
    }
    rows[key(of: event, data), default: Row()] += row
    total += row
  }

  private mutating func noteConversation(of event: JournalEvent) {
    guard grouping == .conversation, let data = try? JSONDocument(parsing: event.data).root else { return }
    conversations[event.run] = data["conversation"]?.string
  }

  private func key(of event: JournalEvent, _ data: JSONView) -> String {
    switch grouping {
    case .tenant: event.tenant.description
    case .model: "\((data["tool"]?.string ?? "").prefix { $0 != "." }) \(data["model"]?.string ?? "")"
    case .tool: data["tool"]?.string ?? ""
    case .user: data["user"]?.string ?? ""
    case .day: CivilDay(wallClock: event.time).description
    case .run: event.run.description
    case .agent: event.agent
    case .conversation: conversations[event.run] ?? ""
    }
  }
}

extension UsageReport.Row {
  /// Of a model call that was answered.
  fileprivate mutating func charge(_ data: JSONView) {
    if data["cache"]?.string == "hit" {
      cached = 1
      savedUsage = data["result"]?["usage"].map { TokenUsage($0) } ?? .none
      if let saved = data["saved"]?.string.flatMap({ Money($0) }) {
        savedCosts[data["currency"]?.string ?? ""] = saved
      }
      return
    }
    usage = data["result"]?["usage"].map { TokenUsage($0) } ?? .none
    if let cost = data["cost"]?.string.flatMap({ Money($0) }) {
      costs[data["currency"]?.string ?? ""] = cost
    } else {
      unpriced = 1
    }
  }

  fileprivate static func += (left: inout Self, right: Self) {
    left.calls += right.calls
    left.failures += right.failures
    left.cached += right.cached
    left.savedUsage += right.savedUsage
    left.savedCosts.merge(right.savedCosts) { $0 + $1 }
    left.usage += right.usage
    left.costs.merge(right.costs) { $0 + $1 }
    left.unpriced += right.unpriced
    left.microseconds += right.microseconds
  }
}
