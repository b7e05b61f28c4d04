import FlowEngine
import JSONCodec
import JSONSchema
import ToolContracts
import ToolRegistry

/// Something that a client may call: a plugin's function or a flow.
enum OfferedTool: Sendable {
  case function(EnabledFunction)
  case flow(FlowDefinition)

  static let flowPrefix = "flow."

  var name: String {
    switch self {
    case .function(let enabled): enabled.function.name.description
    case .flow(let flow): Self.flowPrefix + flow.name
    }
  }

  func write(to writer: inout JSONWriter, for revision: Revision) {
    writer.beginObject()
    writer.field("name", name)
    switch self {
    case .function(let enabled): write(enabled.function.descriptor, to: &writer, for: revision)
    case .flow(let flow): write(flow, to: &writer, for: revision)
    }
    writer.endObject()
  }

  private func write(_ function: FunctionDescriptor, to writer: inout JSONWriter, for revision: Revision) {
    if revision.hasTitles, let title = function.title { writer.field("title", title) }
    writer.field("description", function.description)
    writer.field("inputSchema", function.inputSchema)
    if let schema = function.outputSchema, revision.admits(outputSchema: schema) {
      writer.field("outputSchema", schema)
    }
    if revision.hasIcons, let icons = function.icons { writer.field("icons", icons) }
    if revision.hasAnnotations, let annotations = function.annotations {
      writer.field("annotations", annotations)
    }
  }

  private func write(_ flow: FlowDefinition, to writer: inout JSONWriter, for revision: Revision) {
    writer.field("description", flow.description)
    writer.field("inputSchema", FlowCall.inputSchema)
    if revision.hasStructuredContent { writer.field("outputSchema", FlowCall.outputSchema) }
  }
}

extension Revision {
  func admits(outputSchema: JSONValue) -> Bool {
    hasUnrestrictedOutput || hasStructuredContent && outputSchema["type"]?.string == "object"
  }
}

extension MCPServer {
  var catalog: ServerCatalog { source.catalog(for: principal.tenant) }

  func unknownTool(_ name: String) -> ProtocolError {
    let nearest = nearestMatch(to: name, in: catalog.tools.map(\.name))
    let hint = nearest.map { "; did you mean \($0)?" } ?? ""
    return .invalidParams("there is no tool \(name.prefix(128))\(hint)", data: ["code": "tool_not_found"])
  }
}
