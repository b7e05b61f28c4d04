import FlowEngine
import Invocation
import JSONCodec
import JSONRPC
import Telemetry
import ToolContracts
import ToolRegistry

/// A call that a client asked for.
struct ToolCall: Sendable {
  let name: String
  /// An object; nil for none.
  let arguments: JSONView?

  init(_ params: JSONView?) throws(ProtocolError) {
    guard let name = params?["name"]?.string else { throw .invalidParams("name must be a string") }
    let arguments = params?["arguments"]
    // null: some clients send it for "none".
    guard arguments == nil || arguments?.kind == .object || arguments?.kind == .null else {
      throw .invalidParams("arguments must be an object")
    }
    self.name = name
    self.arguments = arguments?.kind == .object ? arguments : nil
  }
}

extension MCPServer {
  func run(_ call: ToolCall, of request: OpenRequest) async throws(ProtocolError) -> ToolResult {
    let catalog = catalog
    let offered = catalog.tool(named: call.name)
    if case .flow(let flow) = offered { return await run(flow, call, of: request) }
    guard let name = ToolName(call.name) else { throw unknownTool(call.name) }
    // What is not offered is asked for all the same, so that the refusal is on record; but not a provider, which would
    // answer.
    if offered == nil, catalog.functions?[name] != nil { throw unknownTool(call.name) }
    let reporter = CallReporter(tool: name, listener: request.listener)
    let outcome = await pipeline.call(
      CallRequest(
        tool: name, arguments: call.arguments.map { Array($0.rawBytes) } ?? Array("{}".utf8),
        principal: principal,
        call: CallID(run: identifiers.makeRunID(), step: 1), cancellation: request.cancellation,
        observer: reporter, asker: request.port), in: catalog.registry)
    let (blocks, lost) = reporter.blocks
    if lost > 0 { log.warning("content of a tool was left out", ["tool": "\(name)", "blocks": .init(lost)]) }
    switch outcome {
    case .success(let result):
      return ToolResult(blocks: blocks, json: result.json, hasOutputSchema: hasOutputSchema(offered))
    case .failure(let failure):
      if failure.code == .toolNotFound || offered == nil && failure.code == .denied {
        throw unknownTool(call.name)
      }
      return ToolResult(blocks: blocks, failure: failure)
    }
  }

  private func hasOutputSchema(_ tool: OfferedTool?) -> Bool {
    guard case .function(let enabled) = tool else { return false }
    return enabled.function.descriptor.outputSchema != nil
  }

  private func run(_ flow: FlowDefinition, _ call: ToolCall, of request: OpenRequest) async -> ToolResult {
    do {
      let question = try FlowQuestion(call.arguments)
      return await answer(
        question,
        FlowRequest(
          flow: flow.name, input: question.input, principal: principal, run: identifiers.makeRunID(),
          cancellation: request.cancellation,
          observer: request.listener.map { FlowReporter(flow: flow.name, listener: $0) },
          asker: request.port)
      ).result
    } catch {
      return ToolResult(hasOutputSchema: true, failure: error)
    }
  }
}
