import JackfieldPluginSDK
public import PluginABI

/// One for every tenant.
struct Instance: Plugin {
  static let id = "{{id}}"
  static let version = "0.1.0"
  static let functions: [Function<Instance>] = [.tool { _ in Doubling() }]

  init(_ opening: OpenContext) {}
}

struct Doubling: Tool {
  static let name = "double"
  static let description = "Doubles a whole number."
  static let effect = Effect.none
  static let examples = [Input(number: 21)]
  struct Input: Codable { var number: Int }
  struct Output: Codable { var doubled: Int }

  func call(_ input: Input, context: CallContext) throws -> Output {
    let (doubled, overflow) = input.number.multipliedReportingOverflow(by: 2)
    guard !overflow else { throw ToolError("The number is too large.") }
    return Output(doubled: doubled)
  }
}

@c @implementation
public func jackfield_plugin_v1(_ hostABI: UInt32) -> UnsafePointer<jf_plugin>? { Instance.table(hostABI) }
