// A tool, a provider that streams, and a tool that throws. The other languages have the same.
// Compiled together with the SDK's sources. In a package of your own: `import JackfieldPluginSDK`.
public import PluginABI

struct Sample: Plugin {
  static let id = "sample-swift"
  static let version = "1.0.0"
  static let functions: [Function<Sample>] = [
    .tool { _ in Add() }, .chat { _ in Greeter() }, .tool { _ in Fail() },
  ]

  init(_ opening: OpenContext) {}
}

struct Add: Tool {
  static let name = "add"
  static let description = "Adds two whole numbers."
  static let effect = Effect.none
  struct Input: Codable { var a, b: Int }
  struct Output: Codable { var sum: Int }
  static let examples = [Input(a: 20, b: 22)]

  func call(_ input: Input, context: CallContext) throws -> Output {
    let (sum, overflow) = input.a.addingReportingOverflow(input.b)
    guard !overflow else { throw ToolError("The sum is too large.") }
    return Output(sum: sum)
  }
}

struct Greeter: ChatProvider {
  static let description = "Greets, word by word."

  func respond(to request: ChatRequest, stream: ChatStream) throws -> ChatAnswer {
    for piece in ["Hello, ", "world"] { try stream.text(piece) }
    return ChatAnswer(text: "Hello, world")
  }
}

struct Fail: Tool {
  static let name = "fail"
  static let description = "Fails, for tests of whoever calls it."
  static let effect = Effect.none
  struct Input: Codable {}
  struct Output: Codable {}
  struct Defect: Error {}

  func call(_ input: Input, context: CallContext) throws -> Output { throw Defect() }
}

@c @implementation
public func jackfield_plugin_v1(_ hostABI: UInt32) -> UnsafePointer<jf_plugin>? { Sample.table(hostABI) }
