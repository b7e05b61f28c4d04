// Compiled together with the SDK's sources. In a package of your own: `import JackfieldPluginSDK`.
public import PluginABI

struct Hello: Plugin {
  static let id = "hello"
  static let version = "1.0.0"
  static let functions: [Function<Hello>] = [.tool { _ in Greet() }]

  init(_ opening: OpenContext) {}
}

struct Greet: Tool {
  static let name = "greet"
  static let description = "Greets."
  static let effect = Effect.none
  struct Input: Codable {}
  struct Output: Codable { var text: String }

  func call(_ input: Input, context: CallContext) -> Output { Output(text: "Hello from Swift!") }
}

@c @implementation
public func jackfield_plugin_v1(_ hostABI: UInt32) -> UnsafePointer<jf_plugin>? { Hello.table(hostABI) }
