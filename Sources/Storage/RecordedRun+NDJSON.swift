import JSONCodec
import ToolContracts

/// A run outside of any journal, as docs/journal.md describes it: a line that says what follows, and a line for each event,
/// with what its digest is computed of.
extension RecordedRun {
  private static let formatVersion = 1

  package var ndjson: [UInt8] {
    var writer = JSONWriter(reserving: 512 * (events.count + 1))
    writer.beginObject()
    writer.field("jackfield_run", RecordedRun.formatVersion)
    writer.field("tenant_id", summary.tenant.description)
    writer.field("run_id", summary.run.description)
    writer.field("name", summary.name)
    writer.field("status", summary.status.rawValue)
    writer.field("events", events.count)
    writer.field("fence", Int(fence))
    if let head { writer.field("digest", head.description) }
    writer.endObject()
    var text = writer.bytes + [UInt8(ascii: "\n")]
    for (event, digest) in zip(events, digests) {
      text += event.line(digest)
      text.append(UInt8(ascii: "\n"))
    }
    return text
  }

  /// Reads what `ndjson` gave. That it is what was recorded is for `verify` to say.
  package init(ndjson text: [UInt8]) throws(UnreadableRun) {
    let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .dropLast(text.last == UInt8(ascii: "\n") ? 1 : 0)
    guard let first = lines.first, !text.isEmpty else { throw UnreadableRun(line: 1, "it is empty") }
    let header = try RunLine(first, number: 1)
    guard let version = header.json["jackfield_run"]?.int, version > 0 else {
      throw header.unreadable("it is no exported run")
    }
    guard version <= RecordedRun.formatVersion else {
      throw header.unreadable(
        "it was exported by a newer release (format \(version), this one reads \(RecordedRun.formatVersion))")
    }
    let lastFence: UInt32 = try header.number("fence")
    let count: UInt32 = try header.number("events")
    let (run, tenant) = (try header.run(), try header.tenant())
    var events: [JournalEvent] = []
    var digests: [EventDigest?] = []
    for (index, bytes) in lines.enumerated().dropFirst() {
      let line = try RunLine(bytes, number: index + 1)
      guard line.json["jackfield_run"] == nil else {
        throw line.unreadable("another run begins here: a file has one")
      }
      let event = try line.event()
      guard event.run == run, event.tenant == tenant else { throw line.unreadable("it is of another run") }
      guard event.fence <= lastFence else { throw line.unreadable("its fence is above that of the run") }
      events.append(event)
      digests.append(try line.digest("digest"))
    }
    guard events.count == count else {
      throw UnreadableRun(line: lines.count, "there are \(events.count) events, and should be \(count)")
    }
    guard let projection = RunProjection(events) else { throw header.unreadable("it has no events") }
    self.init(
      summary: projection.summary, events: events, digests: digests, head: try header.digest("digest"),
      fence: lastFence)
  }
}

/// A text that is no exported run.
package struct UnreadableRun: Error, Sendable, Equatable {
  /// From 1.
  package var line: Int
  package var reason: String

  init(line: Int, _ reason: String) {
    self.line = line
    self.reason = reason
  }

  package var message: String { "line \(line): \(reason)" }
}

extension JournalEvent {
  fileprivate func line(_ digest: EventDigest?) -> [UInt8] {
    var writer = JSONWriter(reserving: 512 + data.count)
    writer.beginObject()
    writeFields(to: &writer, for: .operator)
    // `ts` is cut to the millisecond.
    writer.field("time", time)
    // The digest is that of the bytes.
    if hasLineEnds { writer.field("data_text", String(decoding: data, as: UTF8.self)) }
    if let digest { writer.field("digest", digest.description) }
    writer.endObject()
    return writer.bytes
  }
}

private struct RunLine {
  let json: JSONView
  let number: Int

  init(_ bytes: ArraySlice<UInt8>, number: Int) throws(UnreadableRun) {
    // A journal has no bound of its own for an event, so neither has its copy.
    let limits = JSONLimits(
      maxDepth: JSONLimits.deepest, maxBytes: JSONLimits.largest, allowsDuplicateKeys: true)
    do { json = try JSONDocument(parsing: Array(bytes), limits: limits).root } catch {
      throw UnreadableRun(line: number, "it is no JSON: \(error.message)")
    }
    self.number = number
  }

  func unreadable(_ reason: String) -> UnreadableRun { UnreadableRun(line: number, reason) }

  func number<Number: FixedWidthInteger>(_ key: String) throws(UnreadableRun) -> Number {
    guard let number = json[key]?.int.flatMap({ Number(exactly: $0) }) else {
      throw unreadable("\(key) is missing, or no number of this kind")
    }
    return number
  }

  func digest(_ key: String) throws(UnreadableRun) -> EventDigest? {
    guard let text = json[key] else { return nil }
    guard let digest = text.string.flatMap({ EventDigest($0) }) else {
      throw unreadable("\(key) is no digest")
    }
    return digest
  }

  func run() throws(UnreadableRun) -> RunID {
    guard let run = json["run_id"]?.string.flatMap({ RunID($0) }) else {
      throw unreadable("run_id names no run")
    }
    return run
  }

  func tenant() throws(UnreadableRun) -> TenantID {
    guard let tenant = json["tenant_id"]?.string.flatMap({ TenantID($0) }) else {
      throw unreadable("tenant_id names no tenant")
    }
    return tenant
  }

  func event() throws(UnreadableRun) -> JournalEvent {
    guard let kind = json["type"]?.string.flatMap({ JournalEvent.Kind(rawValue: $0) }) else {
      throw unreadable("its type is not known")
    }
    guard let data = json["data"], data.kind == .object else { throw unreadable("data is no object") }
    let run = try run()
    var event = JournalEvent(
      time: try number("time"), tenant: try tenant(), run: run, turn: try number("turn"),
      agent: json["agent"]?.string ?? "", kind: kind, step: try step(of: run),
      data: json["data_text"]?.string.map { Array($0.utf8) } ?? Array(data.rawBytes))
    guard data.rawBytes.elementsEqual(event.dataOnOneLine) else {
      throw unreadable("data and data_text differ")
    }
    event.sequence = try number("seq")
    event.fence = try number("fence")
    return event
  }

  private func step(of run: RunID) throws(UnreadableRun) -> UInt32? {
    guard let call = json["call_id"] else { return nil }
    let parts = (call.string ?? "").split(separator: "/")
    guard parts.count == 2, parts[0] == run.description, let step = UInt32(parts[1]) else {
      throw unreadable("call_id names no call of the run")
    }
    return step
  }
}
