import JSONCodec
import ToolContracts

/// Which changes a client wants to hear of on one stream.
struct ChangeFilter: Sendable {
  private static let maxResources = 1000

  private(set) var lists: Set<Change> = []
  private(set) var uris: [String] = []
  /// Tasks whose status is wanted.
  private(set) var tasks: Set<RunID> = []

  private static let listKeys: [(String, Change)] = [
    ("toolsListChanged", .tools), ("promptsListChanged", .prompts), ("resourcesListChanged", .resources),
  ]
  private static let tasksKey = "taskIds"
  private static let urisKey = "resourceSubscriptions"

  /// What is asked for and not offered is left out.
  init(_ view: JSONView?, offer: Offer) throws(ProtocolError) {
    guard let view, view.kind == .object else { throw .invalidParams("notifications must be an object") }
    for (key, change) in Self.listKeys {
      guard let wanted = view[key] else { continue }
      guard let isWanted = wanted.bool else {
        throw .invalidParams("notifications.\(key) must be true or false")
      }
      if isWanted, offer.tells(change) { lists.insert(change) }
    }
    if let wanted = view[Self.tasksKey] {
      let runs = wanted.elements.compactMap { $0.string.flatMap { RunID($0) } }
      guard wanted.kind == .array, runs.count == wanted.count, runs.count <= Self.maxResources else {
        throw .invalidParams(
          "notifications.\(Self.tasksKey) must be an array of at most \(Self.maxResources) ids of tasks")
      }
      tasks = Set(runs)
    }
    guard let wanted = view[Self.urisKey] else { return }
    let uris = wanted.elements.compactMap(\.string)
    guard wanted.kind == .array, uris.count == wanted.count, uris.count <= Self.maxResources else {
      throw .invalidParams(
        "notifications.\(Self.urisKey) must be an array of at most \(Self.maxResources) URIs")
    }
    if offer.resourceUpdates { self.uris = uris }
  }

  func wants(_ change: Change) -> Bool {
    if case .resource(let uri) = change { return uris.contains(uri) }
    return lists.contains(change)
  }

  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    for (key, change) in Self.listKeys where lists.contains(change) { writer.field(key, true) }
    if !uris.isEmpty { writer.field(Self.urisKey, .array(uris.map { .string($0) })) }
    if !tasks.isEmpty {
      writer.field(Self.tasksKey, .array(tasks.sorted().map { .string($0.description) }))
    }
    writer.endObject()
  }
}

extension Offer {
  func tells(_ change: Change) -> Bool {
    switch change {
    case .tools: true
    case .prompts: prompts
    case .resources: resources
    case .resource: resourceUpdates
    }
  }
}
