import JSONCodec
import JSONRPC
import Telemetry

extension ServerSession {
  static let maxPages = 100
  static let maxTools = 1000

  /// All tools of the server, page by page.
  ///
  /// - Parameter nanoseconds: for each page.
  func listTools(withinNanoseconds nanoseconds: Int64) throws(ServerFailure) -> [OfferedTool] {
    counts.listings.add()
    var tools: [OfferedTool] = []
    var cursor: String?
    for _ in 0..<Self.maxPages {
      let question = ask("tools/list") { params in
        // An empty cursor is one too.
        if let cursor { params.field("cursor", cursor) }
      }
      let page = try answer(to: question, "tools/list", withinNanoseconds: nanoseconds)
      guard let listed = page["tools"], listed.kind == .array else {
        throw ServerFailure("its answer to tools/list has no list of tools")
      }
      tools += listed.elements.compactMap { OfferedTool($0.value) }
      guard tools.count <= Self.maxTools else {
        throw ServerFailure("it has more than \(Self.maxTools) tools")
      }
      cursor = page["nextCursor"]?.string
      if cursor == nil { return tools }
    }
    throw ServerFailure("its list of tools has more than \(Self.maxPages) pages")
  }

  /// Asks a server of 2026-07-28 to say when it has other tools; older ones do so unasked.
  func listen() {
    guard era == .modern else { return }
    _ = ask("subscriptions/listen") { params in
      params.key("notifications")
      params.beginObject()
      params.field("toolsListChanged", true)
      params.endObject()
    }
  }
}
