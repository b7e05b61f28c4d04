import JSONCodec

/// How a server introduces itself.
package struct ServerInfo: Sendable {
  package var name: String
  package var title: String?
  package var version: String
  /// For the model on the other side: what this server is for.
  package var instructions: String?

  package init(name: String, title: String? = nil, version: String, instructions: String? = nil) {
    self.name = name
    self.title = title
    self.version = version
    self.instructions = instructions
  }

  func write(to writer: inout JSONWriter, for revision: Revision) {
    writer.beginObject()
    writer.field("name", name)
    if let title, revision.hasTitles { writer.field("title", title) }
    writer.field("version", version)
    writer.endObject()
  }
}
