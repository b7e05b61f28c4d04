import JSONCodec
import Storage
import ToolContracts

/// Questions whether calls may be made, and their answers, by step.
struct ApprovalHistory: Sendable {
  private var requests: [UInt32: JournalEvent] = [:]
  private var answers: [UInt32: JournalEvent] = [:]

  mutating func note(_ event: JournalEvent) {
    guard let step = event.step else { return }
    switch event.kind {
    case .approvalRequested: requests[step] = event
    case .approvalDecided, .approvalExpired: answers[step] = event
    default: break
    }
  }

  /// In the order of the steps.
  var pending: [PendingApproval] {
    requests.filter { answers[$0.key] == nil }.sorted { $0.key < $1.key }.compactMap { step, event in
      PendingApproval(event, step)
    }
  }

  func decision(on step: UInt32) -> ApprovalDecision? {
    guard let answer = answers[step] else { return nil }
    guard answer.kind == .approvalDecided, let data = try? JSONDocument(parsing: answer.data).root else {
      return .expired
    }
    guard data["decision"]?.string == "approved", let digest = data["digest"]?.string,
      let expires = data["expires"]?.int
    else { return .denied(reason: data["reason"]?.string ?? "") }
    return .approved(
      CallApproval(digest: digest, expires: expires),
      arguments: (data["arguments"] ?? data["value"]).map { Array($0.rawBytes) })
  }
}

extension PendingApproval {
  /// - Returns: nil for what this host did not write.
  fileprivate init?(_ event: JournalEvent, _ step: UInt32) {
    guard let data = try? JSONDocument(parsing: event.data).root, let subject = Subject(data),
      let content = data[subject.contentKey], let digest = data["digest"]?.string,
      let expires = data["expires"]?.int
    else { return nil }
    self.init(
      step: step, subject: subject, agent: event.agent, content: Array(content.rawBytes), digest: digest,
      expires: expires, preview: ApprovalPreview(data["preview"]))
  }
}

extension PendingApproval.Subject {
  fileprivate init?(_ data: JSONView) {
    if let stage = data["stage"]?.string {
      self = .stage(stage)
    } else if let tool = data["tool"]?.string {
      self = .tool(tool)
    } else {
      return nil
    }
  }
}

extension ApprovalPreview {
  fileprivate init?(_ data: JSONView?) {
    guard let data, let summary = data["summary"]?.string else { return nil }
    self.init(summary: summary, details: data["details"].map { Array($0.rawBytes) })
  }
}

extension ApprovalVerdict {
  /// The data of the event that answers `pending`.
  ///
  /// - Parameter digest: of the call that is approved.
  /// - Parameter waits: what the run waits for all the same.
  func data(
    _ pending: PendingApproval, digest: String, user: String, waits: RunSummary.Status?
  ) -> [UInt8] {
    var writer = JSONWriter(reserving: 256)
    writer.beginObject()
    writer.subject(pending.subject)
    switch self {
    case .approve(let arguments):
      writer.field("decision", "approved")
      writer.field("digest", digest)
      writer.field("expires", pending.expires)
      if let arguments { writer.field(pending.subject.contentKey, raw: arguments) }
    case .deny(let reason):
      writer.field("decision", "denied")
      writer.field("digest", pending.digest)
      if !reason.isEmpty { writer.field("reason", reason) }
    }
    if !user.isEmpty { writer.field("user", user) }
    if let waits { writer.field("waits", waits.rawValue) }
    writer.endObject()
    return writer.bytes
  }
}
