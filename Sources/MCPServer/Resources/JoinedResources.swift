package import ToolContracts

/// Several sources as one. A URI belongs to the first that knows it.
package struct JoinedResources: ResourceSource {
  private let sources: [any ResourceSource]

  package init(_ sources: [any ResourceSource]) { self.sources = sources }

  package var tellsUpdates: Bool { sources.contains { $0.tellsUpdates } }
  package var templates: [Resource] { sources.flatMap(\.templates).sorted { $0.uri < $1.uri } }

  package func resources(for principal: Principal) async throws(InvocationFailure) -> [Resource] {
    var all: [Resource] = []
    for source in sources { all += try await source.resources(for: principal) }
    return all.sorted { $0.uri < $1.uri }
  }

  package func read(
    _ uri: String, for principal: Principal
  ) async throws(InvocationFailure) -> ResourceContents? {
    for source in sources {
      if let contents = try await source.read(uri, for: principal) { return contents }
    }
    return nil
  }

  package func completions(
    of variable: String, in template: String, prefix: String, for principal: Principal
  ) async throws(InvocationFailure) -> [String] {
    for source in sources where source.templates.contains(where: { $0.uri == template }) {
      return try await source.completions(of: variable, in: template, prefix: prefix, for: principal)
    }
    return []
  }
}
