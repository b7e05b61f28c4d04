import JSONCodec
import ToolContracts

extension FunctionDescriptor {
  /// A server's word on what its tool does to the world is a claim: it decides what is repeated after a crash, never what
  /// is allowed.
  init(_ tool: OfferedTool, name: ToolName) {
    let hints = tool.annotations
    let effect: Effect =
      if hints?["readOnlyHint"]?.bool == true {
        .none
      } else if hints?["idempotentHint"]?.bool == true {
        .idempotent
      } else {
        .nonIdempotent
      }
    self.init(
      name: String(name.function), title: tool.title, description: tool.description ?? "",
      inputSchema: tool.inputSchema, outputSchema: tool.outputSchema, annotations: tool.annotations,
      icons: tool.icons?.json,
      effect: effect, mayPend: true)
  }
}
