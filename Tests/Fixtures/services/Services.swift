// What Tests/Fixtures/plugins/services.c does, through the SDK.
public import PluginABI

struct Asker: Plugin {
  static let id = "services"
  static let version = "1.0.0"
  static let services = ["jf.kv/1", "jf.http/1", "jf.call/1", "jf.ask/1"]
  static let secrets = ["KEY"]
  static let functions: [Function<Asker>] = [
    .tool { _ in Count() }, .tool { _ in Keys() }, .tool { _ in Fetch() }, .tool { _ in Ask() },
    .tool { _ in Relay() }, .tool { _ in Recurse() },
  ]

  init(_ opening: OpenContext) {}
}

/// What all of them take and answer: any JSON.
protocol Asking: Tool where Input == JSONValue, Output == JSONValue {}

extension Asking {
  static var description: String { "d" }
  static var effect: Effect { .none }
  static var inputSchema: Schema { .json(#"{"type":"object"}"#) }
  static var outputSchema: Schema { .json(#"{"type":"object"}"#) }
}

struct Count: Asking, ReconcilingTool, PreviewingTool {
  static let name = "count"

  func call(_ input: JSONValue, context: CallContext) throws -> JSONValue {
    guard let values = context.values else { return ["value": "no store"] }
    let kept = try values.value(of: "count")
    let next = (kept.flatMap { Int64($0.text) } ?? 0) + 1
    try values.put("\(next)", at: "count", expecting: kept.map { .version($0.version) } ?? .nothing)
    return ["value": .integer(next)]
  }

  func reconcile(_ input: JSONValue, context: CallContext) throws -> Reconciliation<JSONValue> {
    guard let values = context.values else { return .unknown(note: "no store") }
    guard let kept = try values.value(of: "count") else { return .didNotHappen }
    return .happened(["value": .integer(Int64(kept.text) ?? 0)])
  }

  func preview(_ input: JSONValue, context: CallContext) -> Preview { Preview("Adds one.") }
}

struct Keys: Asking {
  static let name = "keys"

  func call(_ input: JSONValue, context: CallContext) throws -> JSONValue {
    guard let values = context.values else { return ["value": "no store"] }
    return ["value": .array(try values.keys().map(JSONValue.string))]
  }
}

struct Fetch: Asking {
  static let name = "fetch"

  func call(_ input: JSONValue, context: CallContext) throws -> JSONValue {
    guard let web = context.web else { return ["value": "no network"] }
    let exchange = try web.begin(head: input.json)
    guard try exchange.response().status == 200 else { throw ToolError("another status") }
    return JSONValue(parsing: String(decoding: try exchange.body(atMost: 4096), as: UTF8.self)) ?? .null
  }
}

struct Ask: Asking {
  static let name = "ask"

  func call(_ input: JSONValue, context: CallContext) throws -> JSONValue {
    guard let person = context.person else { return ["value": "nobody"] }
    return try person.ask("Really?", ["type": "object"]) ?? ["value": "no"]
  }
}

struct Relay: Asking {
  static let name = "relay"

  func call(_ input: JSONValue, context: CallContext) throws -> JSONValue {
    try passOn("calc_evaluate", input, context)
  }
}

struct Recurse: Asking {
  static let name = "recurse"

  func call(_ input: JSONValue, context: CallContext) throws -> JSONValue {
    try passOn("services_recurse", input, context)
  }
}

private func passOn(_ tool: String, _ input: JSONValue, _ context: CallContext) throws -> JSONValue {
  guard let tools = context.otherTools else { return ["value": "no tools"] }
  do { return try tools.call(tool, input) } catch let error as ServiceError { throw ToolError(error.message) }
}

@c @implementation
public func jackfield_plugin_v1(_ hostABI: UInt32) -> UnsafePointer<jf_plugin>? { Asker.table(hostABI) }
