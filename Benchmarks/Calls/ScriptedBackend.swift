import Invocation
import JSONCodec
import Storage
import ToolContracts
import ToolRegistry

/// A provider that gives the same four answers in turn: call a tool, hand over, call a tool, answer. Measures what the
/// engine costs, and nothing that a model would.
final class ScriptedProvider: ToolSource, ToolBackend {
  let digest = "sha256:0"
  let descriptor = PluginDescriptor(
    id: "script", version: "1.0.0",
    functions: [
      FunctionDescriptor(
        name: "chat", kind: .chat, description: "answers by script", inputSchema: .null, effect: .none)
    ])
  private let receiver: any CallReceiver

  init(receiver: any CallReceiver) { self.receiver = receiver }

  func open(
    for tenant: TenantID, configuration: JSONValue, services: GrantedServices,
    receiver: any CallReceiver
  ) throws(PluginFailure) -> any ToolBackend { self }

  func invoke(_ call: CallHandle, function: Int, arguments: UnsafeRawBufferPointer) -> CallStatus {
    // Steps of model calls in this shape: 1, 3, 5, 7.
    let step = Int(receiver.info(call)?.call.step ?? 1)
    let answer = ScriptedProvider.answers[min((step - 1) / 2, 3)]
    return answer.withUnsafeBytes { receiver.complete(call, status: .ok, payload: $0) }
  }
  func cancel(_ call: CallHandle) {}
  func close() {}

  private static let answers: [[UInt8]] = [
    answer(calling: "add_add", #"{\"a\":1,\"b\":2}"#), answer(calling: "transfer_to_second", "{}"),
    answer(calling: "add_add", #"{\"a\":3,\"b\":4}"#),
    Array(
      #"{"text":"The sums are 3 and 7.","toolCalls":[],"finishReason":"stop","usage":{"inputTokens":1,"outputTokens":1}}"#
        .utf8),
  ]

  private static func answer(calling name: String, _ arguments: String) -> [UInt8] {
    Array(
      #"{"text":"","toolCalls":[{"id":"c","name":"\#(name)","arguments":"\#(arguments)"}],"finishReason":"tool_calls","usage":{"inputTokens":1,"outputTokens":1}}"#
        .utf8)
  }
}
