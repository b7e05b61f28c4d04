package import JSONCodec
import Locking
package import ToolContracts

/// A running call, as a fixture's tool sees it.
package struct FixtureCall: Sendable {
  package let handle: CallHandle
  package let arguments: JSONView
  package let receiver: any CallReceiver

  package func answer(_ json: JSONValue) { answer(text: json.text) }

  /// - Parameter text: goes out as it is, JSON or not.
  package func answer(text: String) { complete(.ok, Array(text.utf8)) }

  package func fail(_ message: String, status: CallStatus = .tool) { complete(status, Array(message.utf8)) }

  package func send(_ block: JSONValue) {
    block.serialized().withUnsafeBytes {
      _ = receiver.emit(handle, event: CallEvent.Kind.content.rawValue, data: $0)
    }
  }

  package func say(_ text: String) {
    Array(text.utf8).withUnsafeBytes {
      _ = receiver.emit(handle, event: CallEvent.Kind.text.rawValue, data: $0)
    }
  }

  package func progress(_ done: Double, of total: Double = 0, _ note: String = "") {
    _ = receiver.progress(handle, CallProgress(done: done, total: total, note: note))
  }

  /// - Parameter then: what to do with the answers.
  package func ask(_ inquiries: [Inquiry], then: @escaping @Sendable ([InquiryAnswer]) -> Void) {
    let status = receiver.ask(handle, inquiries, reply: then)
    if status != .ok { fail("cannot ask: \(status.rawValue)") }
  }

  private func complete(_ status: CallStatus, _ payload: [UInt8]) {
    payload.withUnsafeBytes { _ = receiver.complete(handle, status: status, payload: $0) }
  }
}

/// One tool of a fixture: a description and a closure that answers.
package struct FixtureTool: Sendable {
  package let descriptor: FunctionDescriptor
  /// Returns `.pending` where the answer comes later.
  let body: @Sendable (FixtureCall) -> CallStatus

  package init(
    _ name: String, title: String? = nil, _ description: String, input: JSONValue = ["type": "object"],
    output: JSONValue? = nil, annotations: JSONValue? = nil, _ body: @escaping @Sendable (FixtureCall) -> Void
  ) {
    descriptor = FunctionDescriptor(
      name: name, title: title, description: description, inputSchema: input, outputSchema: output,
      annotations: annotations, effect: .none)
    self.body = {
      body($0)
      return .ok
    }
  }

  /// A function that only the host itself calls.
  package init(provider name: String, _ body: @escaping @Sendable (FixtureCall) -> Void) {
    descriptor = FunctionDescriptor(
      name: name, kind: .models, description: "for the host", inputSchema: .null, effect: .none)
    self.body = {
      body($0)
      return .ok
    }
  }

  /// A tool that answers later, or never: `body` only takes note of the call.
  package init(pending name: String, _ body: @escaping @Sendable (FixtureCall) -> Void) {
    descriptor = FunctionDescriptor(
      name: name, description: "answers later", inputSchema: ["type": "object"], effect: .none, mayPend: true)
    self.body = {
      body($0)
      return .pending
    }
  }
}

/// A plugin made of closures, behind the port that plugin files stand behind.
package struct FixturePlugin: ToolSource {
  package let descriptor: PluginDescriptor
  package let digest = "sha256:fixture"
  private let tools: [FixtureTool]

  package init(_ id: String, _ tools: [FixtureTool]) {
    self.tools = tools
    descriptor = PluginDescriptor(id: id, version: "1.0.0", functions: tools.map(\.descriptor))
  }

  package func open(
    for tenant: TenantID, configuration: JSONValue, services: GrantedServices,
    receiver: any CallReceiver
  ) throws(PluginFailure) -> any ToolBackend {
    Instance(tools: tools, receiver: receiver)
  }

  private final class Instance: ToolBackend {
    let tools: [FixtureTool]
    let receiver: any CallReceiver
    let pending = Lock<[CallHandle: Bool]>([:])

    init(tools: [FixtureTool], receiver: any CallReceiver) {
      self.tools = tools
      self.receiver = receiver
    }

    func invoke(_ call: CallHandle, function: Int, arguments: UnsafeRawBufferPointer) -> CallStatus {
      guard let document = try? JSONDocument(parsing: Array(arguments)) else { return .argument }
      return tools[function].body(FixtureCall(handle: call, arguments: document.root, receiver: receiver))
    }

    /// Pays what is owed: a plugin completes a call that was cancelled.
    func cancel(_ call: CallHandle) {
      _ = receiver.complete(call, status: .cancelled, payload: UnsafeRawBufferPointer(start: nil, count: 0))
    }

    func close() {}
  }
}
