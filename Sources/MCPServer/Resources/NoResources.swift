import ToolContracts

/// No resources at all; a server with these does not speak of resources.
struct NoResources: ResourceSource {
  var tellsUpdates: Bool { false }
  var templates: [Resource] { [] }
  func resources(for principal: Principal) async throws(InvocationFailure) -> [Resource] { [] }
  func read(
    _ uri: String, for principal: Principal
  ) async throws(InvocationFailure) -> ResourceContents? { nil }
  func completions(
    of variable: String, in template: String, prefix: String, for principal: Principal
  ) async throws(InvocationFailure) -> [String] { [] }
}
