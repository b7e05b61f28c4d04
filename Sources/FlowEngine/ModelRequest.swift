import JSONCodec
import Manifests
import ToolContracts
import ToolRegistry

/// A tool or a handoff as it is offered to a model.
struct AdvertisedTool: Sendable {
  enum Target: Sendable {
    case tool(ToolName)
    indirect case handoff(HandoffDefinition)
    /// The host's own: a person is asked.
    case person
  }
  /// Matches `[A-Za-z0-9_-]{1,64}`.
  var modelName: String
  var description: String
  var inputSchema: JSONValue
  var target: Target
  /// Nil where no call of it needs a person's approval.
  var approval: ToolApproval?
}

/// Everything that an agent may call in one run. Fixed when the run starts, so that a reload changes no run.
final class Toolbox: Sendable {
  let tools: [AdvertisedTool]
  /// The JSON array for the request, made once.
  let json: [UInt8]
  /// Of the calls that an agent with this toolbox makes.
  let authority: CallAuthority

  init(_ advertised: [AdvertisedTool]) {
    tools = advertised
    var writer = JSONWriter(reserving: 1024)
    writer.beginArray()
    for tool in advertised {
      writer.beginObject()
      writer.field("name", tool.modelName)
      writer.field("description", tool.description)
      writer.field("inputSchema", tool.inputSchema)
      writer.endObject()
    }
    writer.endArray()
    // Without the room that was reserved: it is kept for as long as the run goes on.
    json = writer.bytes.withUnsafeBufferPointer { Array($0) }
    authority = CallAuthority(
      tools: advertised.compactMap {
        if case .tool(let name) = $0.target { NamePattern(name.description) } else { nil }
      })
  }

  static let empty = Toolbox([])

  var names: [String] { tools.map(\.modelName) }

  /// - Parameter name: as the model knows it.
  subscript(name: String) -> AdvertisedTool? { tools.first { $0.modelName == name } }
}

extension AgentDefinition {
  /// The request that PluginAPI/PROVIDERS.md describes.
  ///
  /// - Parameter form: that the answer must have.
  func request(
    _ conversation: Conversation, _ form: OutputContract?, toolbox: Toolbox, toolChoice: ToolChoice
  ) -> [UInt8] {
    var writer = JSONWriter(reserving: 512 + instructions.utf8.count + toolbox.json.count)
    writer.beginObject()
    // Of PluginAPI/PROVIDERS.md, the newest that `ModelAnswer` and `ProviderFailure` read.
    writer.field("form", 2)
    writer.field("model", model)
    writer.key("messages")
    writer.beginArray()
    if !instructions.isEmpty { writer.message("system", instructions) }
    for item in conversation.items {
      writer.item(item) { $0.provider == provider && $0.model == model }
    }
    writer.endArray()
    writer.field("tools", raw: toolbox.json)
    writer.field("toolChoice", toolChoice.rawValue)
    writer.field("settings", settings)
    if let form { writer.field("outputSchema", form.schema) }
    writer.endObject()
    return writer.bytes
  }
}

extension JSONWriter {
  fileprivate mutating func message(_ role: String, _ content: String) {
    beginObject()
    field("role", role)
    field("content", content)
    endObject()
  }

  /// - Parameter isFor: whether who reads this gets back what it gave.
  mutating func item(_ item: Conversation.Item, isFor: (Continuation) -> Bool = { _ in false }) {
    switch item {
    case .user(let text), .correction(let text): message("user", text)
    case .quote(let agent, let text):
      beginObject()
      field("role", "user")
      field("agent", agent)
      field("content", text)
      endObject()
    case .assistant(let text, let calls, let continuation):
      beginObject()
      field("role", "assistant")
      field("content", text)
      if !calls.isEmpty {
        key("toolCalls")
        beginArray()
        for call in calls { toolCall(call) }
        endArray()
      }
      if let continuation, isFor(continuation) { field("continuation", raw: continuation.json) }
      endObject()
    case .result(let call, let content, let isError):
      beginObject()
      field("role", "tool")
      field("toolCallId", call.id)
      field("name", call.name)
      field("content", String(decoding: content, as: UTF8.self))
      field("isError", isError)
      endObject()
    }
  }

  private mutating func toolCall(_ call: ModelToolCall) {
    beginObject()
    field("id", call.id)
    field("name", call.name)
    field("arguments", call.arguments)
    endObject()
  }
}
