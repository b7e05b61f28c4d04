import JSONCodec
import ToolContracts

/// The agent that answers the next turn because it answered the last one, and what the handoffs on the way to it have left
/// it of its tools.
package struct ResumedAgent: Sendable, Equatable {
  var agent: String
  var authority: Authority

  init(agent: String, authority: Authority) {
    self.agent = agent
    self.authority = authority
  }

  /// - Returns: nil for what this host did not write.
  init?(_ json: JSONView) {
    guard let agent = json["agent"]?.string, let bounds = json["tools"] else { return nil }
    self.agent = agent
    authority = .whole
    for bound in bounds.elements {
      authority = authority.narrowed(to: bound.elements.compactMap(\.string).map { NamePattern($0) })
    }
  }

  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("agent", agent)
    writer.field("tools", .array(authority.patterns.map { .array($0.map { .string($0) }) }))
    writer.endObject()
  }
}
