import JSONCodec
package import Storage
package import ToolContracts

/// The runs of the principal's tenant: `jackfield://run/<id>` is the events of a run's journal, and
/// `jackfield://run/<id>/answer` what the run made.
package struct JournalResources: ResourceSource {
  private static let prefix = "jackfield://run/"
  private static let answerSuffix = "/answer"
  /// How many of the newest runs are listed; older ones can be read all the same.
  private static let listed = 100

  private let journal: any RunJournal

  package init(journal: any RunJournal) { self.journal = journal }

  package var tellsUpdates: Bool { false }

  package var templates: [Resource] {
    [
      Resource(
        uri: Self.prefix + "{run}", name: "run", title: "Run",
        description: "The journal of a run, event by event.",
        mimeType: "application/json", icons: ResourceIcon.run),
      Resource(
        uri: Self.prefix + "{run}" + Self.answerSuffix, name: "answer", title: "Answer",
        description: "What a run ended with.", mimeType: "text/plain", icons: ResourceIcon.run),
    ]
  }

  package func resources(for principal: Principal) async throws(InvocationFailure) -> [Resource] {
    try await newest(of: principal).map { run in
      Resource(
        uri: Self.prefix + run.run.description, name: "\(run.name) \(run.run)",
        description: "\(run.name): \(run.status.rawValue)", mimeType: "application/json")
    }
  }

  package func read(
    _ uri: String, for principal: Principal
  ) async throws(InvocationFailure) -> ResourceContents? {
    let wantsAnswer = uri.hasSuffix(Self.answerSuffix)
    let name = uri.dropFirst(Self.prefix.count).dropLast(wantsAnswer ? Self.answerSuffix.count : 0)
    guard uri.hasPrefix(Self.prefix), let run = RunID(String(name)) else { return nil }
    let events: [JournalEvent]
    do {
      events = try await journal.events(of: run, tenant: principal.tenant)
    } catch {
      throw .unreadable(error)
    }
    guard !events.isEmpty else { return nil }
    if wantsAnswer {
      return Self.answer(of: events).map {
        ResourceContents(uri: uri, mimeType: "text/plain", body: .text($0))
      }
    }
    return ResourceContents(uri: uri, mimeType: "application/json", body: .text(Self.text(of: events)))
  }

  package func completions(
    of variable: String, in template: String, prefix: String, for principal: Principal
  ) async throws(InvocationFailure) -> [String] {
    guard variable == "run", templates.contains(where: { $0.uri == template }) else { return [] }
    return try await newest(of: principal).map(\.run.description).filter { $0.hasPrefix(prefix) }.reversed()
  }

  /// The oldest of them first: run ids sort by time.
  private func newest(of principal: Principal) async throws(InvocationFailure) -> [RunSummary] {
    do {
      return try await journal.runs(tenant: principal.tenant, limit: Self.listed, before: nil)
        .sorted { $0.run < $1.run }
    } catch {
      throw .unreadable(error)
    }
  }

  /// Nil for a run that has not ended with one.
  private static func answer(of events: [JournalEvent]) -> String? {
    guard let end = events.last(where: { $0.kind == .runFinished }),
      let data = try? JSONValue(parsing: end.data)
    else { return nil }
    return data["text"]?.string
  }

  private static func text(of events: [JournalEvent]) -> String {
    var writer = JSONWriter(reserving: events.reduce(64) { $0 + $1.data.count + 128 })
    writer.beginArray()
    for event in events { event.write(to: &writer, for: .tenant) }
    writer.endArray()
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}

extension InvocationFailure {
  fileprivate static func unreadable(_ failure: StorageFailure) -> InvocationFailure {
    InvocationFailure(.internal, "the journal cannot be read", detail: failure.description)
  }
}
