import JSONCodec
package import ToolContracts

/// A conversation outside of any journal: a line that says what follows, and its runs, the oldest first, each as it is
/// exported by itself.
package struct RecordedConversation: Sendable {
  private static let formatVersion = 1

  package var id: ConversationID
  package var tenant: TenantID
  package var runs: [RecordedRun]

  package init(_ id: ConversationID, tenant: TenantID, runs: [RecordedRun]) {
    self.id = id
    self.tenant = tenant
    self.runs = runs
  }

  package var ndjson: [UInt8] {
    var writer = JSONWriter(reserving: 256)
    writer.beginObject()
    writer.field("jackfield_conversation", RecordedConversation.formatVersion)
    writer.field("tenant_id", tenant.description)
    writer.field("conversation_id", id.description)
    writer.field("runs", runs.count)
    writer.endObject()
    return runs.reduce(writer.bytes + [UInt8(ascii: "\n")]) { $0 + $1.ndjson }
  }

  /// Reads what `ndjson` gave. That each run is what was recorded is for its `verify` to say.
  package init(ndjson text: [UInt8]) throws(UnreadableRun) {
    let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .dropLast(text.last == UInt8(ascii: "\n") ? 1 : 0)
    guard let first = lines.first, let header = try? JSONDocument(parsing: Array(first)).root,
      header["jackfield_conversation"]?.int == Int64(RecordedConversation.formatVersion),
      let id = header["conversation_id"]?.string.flatMap({ ConversationID($0) }),
      let tenant = header["tenant_id"]?.string.flatMap({ TenantID($0) })
    else {
      throw UnreadableRun(line: 1, "it is no exported conversation, or one of a newer release")
    }
    (self.id, self.tenant, runs) = (id, tenant, [])
    var rest = lines.dropFirst()
    while !rest.isEmpty {
      let end = rest.dropFirst().firstIndex(where: RecordedConversation.beginsRun) ?? rest.endIndex
      let before = rest.startIndex
      do { try add(Array(rest[..<end].joined(separator: [UInt8(ascii: "\n")]))) } catch {
        throw UnreadableRun(line: before + error.line, error.reason)
      }
      rest = rest[end...]
    }
    guard header["runs"]?.int == Int64(runs.count) else {
      throw UnreadableRun(
        line: lines.count, "there are \(runs.count) runs, and the first line says something else")
    }
  }

  private mutating func add(_ text: [UInt8]) throws(UnreadableRun) {
    let run = try RecordedRun(ndjson: text)
    guard run.summary.conversation == id, run.summary.tenant == tenant else {
      throw UnreadableRun(line: 1, "the run is none of this conversation")
    }
    runs.append(run)
  }

  private static func beginsRun(_ line: ArraySlice<UInt8>) -> Bool {
    line.starts(with: Array(#"{"jackfield_run":"#.utf8))
  }
}
