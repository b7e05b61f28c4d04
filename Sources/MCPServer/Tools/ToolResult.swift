import FlowEngine
import JSONCodec
import ToolContracts

/// The parts of a tool's result, in every revision's form.
struct ToolResult {
  var blocks: [ContentBlock] = []
  /// What the tool answered; nil after a failure.
  var json: [UInt8]?
  var hasOutputSchema = false
  var failure: InvocationFailure?
  /// Of a flow that failed: where to look at what became of it, and to go on.
  var turn: (run: RunID, conversation: ConversationID?)?

  func write(to writer: inout JSONWriter, for revision: Revision) {
    writer.key("content")
    writer.beginArray()
    for block in blocks where block.isPart(of: revision) { writer.raw(block.json) }
    if let text { writeText(text, to: &writer) }
    writer.endArray()
    if let json, isStructured(for: revision) { writer.field("structuredContent", raw: json) }
    // After a failure there is no structured content: clients hold it against the output schema.
    if failure != nil { writer.field("isError", true) }
  }

  private func writeText(_ text: String, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("type", "text")
    writer.field("text", text)
    writer.endObject()
  }

  /// What a model reads. A tool that answered with content blocks alone needs no more words.
  private var text: String? {
    if let failure {
      var writer = JSONWriter()
      writer.beginObject()
      writer.key("error")
      failure.write(to: &writer)
      if let turn { writer.turnFields(turn.run, turn.conversation) }
      writer.endObject()
      return String(decoding: writer.bytes, as: UTF8.self)
    }
    guard let json else { return nil }
    if isOnlyBlocks { return nil }
    if json.first(where: { $0 > 0x20 }) == UInt8(ascii: "\""),
      let document = try? JSONDocument(parsing: json, limits: .strict)  // it has passed validation: it parses
    {
      return document.root.string
    }
    return String(decoding: json, as: UTF8.self)
  }

  private var isObject: Bool { json?.first { $0 > 0x20 } == UInt8(ascii: "{") }

  /// Content blocks, and beside them `{}` or `null`.
  private var isOnlyBlocks: Bool {
    guard !blocks.isEmpty, !hasOutputSchema, let json, json.count <= 64 else { return false }
    let tokens = json.filter { $0 > 0x20 }
    return tokens.elementsEqual("{}".utf8) || tokens.elementsEqual("null".utf8)
  }

  private func isStructured(for revision: Revision) -> Bool {
    if isOnlyBlocks { return false }
    if isObject { return revision.hasStructuredContent }
    return hasOutputSchema && revision.hasUnrestrictedOutput
  }
}

extension JSONWriter {
  mutating func turnFields(_ run: RunID, _ conversation: ConversationID?) {
    field("run", run.description)
    if let conversation { field("conversation", conversation.description) }
  }
}
