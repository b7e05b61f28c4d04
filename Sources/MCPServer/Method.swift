/// What a client may ask for, and of which revisions it is part.
enum Method: String, CaseIterable {
  case initialize
  case discover = "server/discover"
  case ping
  case listTools = "tools/list"
  case callTool = "tools/call"

  func isPart(of revision: Revision) -> Bool {
    switch self {
    case .initialize, .ping: !revision.isStateless
    case .discover: revision.isStateless
    case .listTools, .callTool: true
    }
  }
}
