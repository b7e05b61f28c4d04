import JSONCodec

/// What this server has beside tools; decides what it says of itself and what it answers.
struct Offer: Sendable {
  var resources: Bool
  var resourceUpdates: Bool
  var prompts: Bool

  func writeCapabilities(to writer: inout JSONWriter, for revision: Revision) {
    writer.beginObject()
    writeCapability("tools", ["listChanged"], to: &writer)
    writeCapability("logging", [], to: &writer)
    if prompts { writeCapability("prompts", ["listChanged"], to: &writer) }
    if resources {
      writeCapability(
        "resources", resourceUpdates ? ["subscribe", "listChanged"] : ["listChanged"], to: &writer)
    }
    if prompts || resources, revision.hasCompletionsCapability {
      writeCapability("completions", [], to: &writer)
    }
    if revision.isStateless { writer.field("extensions", [.init(TaskExtension.name): [:]]) }
    writer.endObject()
  }

  private func writeCapability(_ name: String, _ parts: [String], to writer: inout JSONWriter) {
    writer.key(name)
    writer.beginObject()
    for part in parts { writer.field(part, true) }
    writer.endObject()
  }
}
