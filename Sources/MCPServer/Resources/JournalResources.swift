import JSONCodec
package import Storage
package import ToolContracts

/// The runs of the principal's tenant, each as the events of its journal: `jackfield://run/<id>`.
package struct JournalResources: ResourceSource {
  private static let prefix = "jackfield://run/"
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
        mimeType: "application/json")
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
    guard uri.hasPrefix(Self.prefix), let run = RunID(String(uri.dropFirst(Self.prefix.count))) else {
      return nil
    }
    let events: [JournalEvent]
    do {
      events = try await journal.events(of: run, tenant: principal.tenant)
    } catch {
      throw .unreadable(error)
    }
    guard !events.isEmpty else { return nil }
    return ResourceContents(uri: uri, mimeType: "application/json", body: .text(Self.text(of: events)))
  }

  package func completions(
    of variable: String, in template: String, prefix: String, for principal: Principal
  ) async throws(InvocationFailure) -> [String] {
    guard template == Self.prefix + "{run}", variable == "run" else { return [] }
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
