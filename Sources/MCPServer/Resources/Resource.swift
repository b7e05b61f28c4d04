package import JSONCodec
package import ToolContracts

/// Something that a client can read, by its URI.
package struct Resource: Sendable, Equatable {
  package var uri: String
  package var name: String
  package var title: String?
  package var description: String?
  package var mimeType: String?
  /// MCP's list of icons.
  package var icons: JSONValue?

  package init(
    uri: String, name: String, title: String? = nil, description: String? = nil, mimeType: String? = nil,
    icons: JSONValue? = nil
  ) {
    self.uri = uri
    self.name = name
    self.title = title
    self.description = description
    self.mimeType = mimeType
    self.icons = icons
  }

  /// - Parameter key: what the member with the URI is called.
  func write(to writer: inout JSONWriter, for revision: Revision, uriAs key: String = "uri") {
    writer.beginObject()
    writer.field(key, uri)
    writer.field("name", name)
    if let title, revision.hasTitles { writer.field("title", title) }
    if let description { writer.field("description", description) }
    if let mimeType { writer.field("mimeType", mimeType) }
    if let icons, revision.hasIcons { writer.field("icons", icons) }
    writer.endObject()
  }
}

/// What is in a resource.
package struct ResourceContents: Sendable, Equatable {
  package enum Body: Sendable, Equatable {
    case text(String)
    case base64(String)
  }
  package var uri: String
  package var mimeType: String?
  package var body: Body

  package init(uri: String, mimeType: String? = nil, body: Body) {
    self.uri = uri
    self.mimeType = mimeType
    self.body = body
  }

  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("uri", uri)
    if let mimeType { writer.field("mimeType", mimeType) }
    switch body {
    case .text(let text): writer.field("text", text)
    case .base64(let blob): writer.field("blob", blob)
    }
    writer.endObject()
  }
}

/// Where resources come from. Everything is asked for one principal, and a URI that is another's reads as missing.
package protocol ResourceSource: Sendable {
  /// Whether it tells of changes of single resources.
  var tellsUpdates: Bool { get }
  /// URI templates stand in `uri`. Sorted by it.
  var templates: [Resource] { get }

  /// Sorted by URI.
  func resources(for principal: Principal) async throws(InvocationFailure) -> [Resource]

  /// - Returns: nil for a URI that means nothing here.
  func read(_ uri: String, for principal: Principal) async throws(InvocationFailure) -> ResourceContents?

  /// Values of a template's variable that begin with `prefix`, the likeliest first.
  func completions(
    of variable: String, in template: String, prefix: String, for principal: Principal
  ) async throws(InvocationFailure) -> [String]
}
