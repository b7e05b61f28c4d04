/// What a client may ask for, and of which revisions it is part.
enum Method: String, CaseIterable {
  case initialize
  case discover = "server/discover"
  case ping
  case listTools = "tools/list"
  case callTool = "tools/call"
  case listResources = "resources/list"
  case listResourceTemplates = "resources/templates/list"
  case readResource = "resources/read"
  case subscribe = "resources/subscribe"
  case unsubscribe = "resources/unsubscribe"
  case listPrompts = "prompts/list"
  case getPrompt = "prompts/get"
  case complete = "completion/complete"
  case setLevel = "logging/setLevel"
  case listen = "subscriptions/listen"
  case getTask = "tasks/get"
  case updateTask = "tasks/update"
  case cancelTask = "tasks/cancel"

  func isPart(of revision: Revision) -> Bool {
    switch self {
    case .initialize, .ping, .subscribe, .unsubscribe, .setLevel: !revision.isStateless
    case .discover, .listen, .getTask, .updateTask, .cancelTask: revision.isStateless
    default: true
    }
  }

  /// Offered only by a server that has any.
  func isOffered(by offer: Offer) -> Bool {
    switch self {
    case .listResources, .listResourceTemplates, .readResource: offer.resources
    case .subscribe, .unsubscribe: offer.resourceUpdates
    case .listPrompts, .getPrompt: offer.prompts
    case .complete: offer.resources || offer.prompts
    default: true
    }
  }
}
