import JackfieldPluginSDK
import Synchronization

/// One function of every sort.
struct SamplePlugin: Plugin {
  static let id = "sample"
  static let version = "1.2.3"
  static let configurationSchema: Schema? = .derived(Configuration.self)
  static let secrets = ["TOKEN"]
  static let functions: [Function<SamplePlugin>] = [
    .tool { Greet(greeting: $0.configuration.greeting ?? "Hello") },
    .tool { _ in Wait() },
    .tool { _ in Fail() },
    .tool { _ in Report() },
    .chat { _ in Parrot() },
  ]
  /// How many instances are open, by their greeting.
  static let open = Mutex<[String: Int]>([:])

  struct Configuration: Codable { var greeting: String? }

  let configuration: Configuration
  private let presence: Presence

  init(_ opening: OpenContext) throws {
    configuration = try opening.configuration(as: Configuration.self)
    presence = Presence(configuration.greeting ?? "")
    if configuration.greeting == "" { throw ConfigurationError("greeting is empty") }
  }

  /// As long as it lives, its instance does.
  final class Presence: Sendable {
    private let greeting: String

    init(_ greeting: String) {
      self.greeting = greeting
      SamplePlugin.open.withLock { $0[greeting, default: 0] += 1 }
    }

    deinit { SamplePlugin.open.withLock { $0[greeting, default: 0] -= 1 } }
  }
}

struct Greet: Tool {
  static let name = "greet"
  static let title: String? = "Greeter"
  static let description = "Greets somebody."
  static let effect = Effect.none
  static let limits = LimitHints(timeoutMilliseconds: 100, concurrency: 4)
  struct Input: Codable, DescribedProperties {
    var name: String
    var times: Int?
    static let propertyDescriptions = ["name": "Whom to greet."]
  }
  struct Output: Codable { var text: String }

  let greeting: String

  func call(_ input: Input, context: CallContext) -> Output {
    Output(
      text: Array(repeating: "\(greeting), \(input.name)", count: max(1, input.times ?? 1)).joined(
        separator: "; "))
  }
}

/// Answers once its task is cancelled.
struct Wait: AsyncTool {
  static let name = "wait"
  static let description = "Waits for the end."
  static let isSerial = true
  struct Input: Codable { var forever: Bool }
  struct Output: Codable { var waited: Bool }

  func call(_ input: Input, context: CallContext) async throws -> Output {
    guard input.forever else { return Output(waited: false) }
    let (stream, continuation) = AsyncStream<Never>.makeStream()
    for await _ in stream {}
    withExtendedLifetime(continuation) {}
    try Task.checkCancellation()
    return Output(waited: true)
  }
}

struct Fail: Tool {
  static let name = "fail"
  static let description = "Fails."
  struct Input: Codable { var how: String }
  struct Output: Codable {}
  struct Defect: Error {}

  func call(_ input: Input, context: CallContext) throws -> Output {
    switch input.how {
    case "tool": throw ToolError("the tool says no")
    case "ended": throw CallEnded.deadlinePassed
    case "busy": throw ProviderError.busy("later")
    case "denied": throw ProviderError.denied("who are you")
    case "unreachable": throw ProviderError.unreachable("nobody there")
    default: throw Defect()
    }
  }
}

/// Tells what the context tells.
struct Report: Tool {
  static let name = "report"
  static let description = "Tells who asks."
  static let effect = Effect.idempotent
  struct Input: Codable {}
  struct Output: Codable, Equatable {
    var tenant: String
    var run: String
    var key: String
    var attempt: Int
    var cancelled: Bool
  }

  func call(_ input: Input, context: CallContext) throws -> Output {
    try context.progress(1, of: 2, note: "half")
    _ = try context.emitContent(["type": "text", "text": "beside"])
    context.log(.warning, "asked", fields: ["by": .string(context.tenant)])
    return Output(
      tenant: context.tenant, run: context.run, key: context.idempotencyKey, attempt: context.attempt,
      cancelled: context.isCancelled)
  }
}

/// Says what was said, and calls the first tool.
struct Parrot: ChatProvider {
  static let description = "Repeats."
  struct Settings: Codable { var loud: Bool? }

  func respond(to request: ChatRequest, stream: ChatStream) throws -> ChatAnswer {
    let settings = try request.settings(as: Settings.self)
    let said = request.messages.last?.content ?? ""
    let text = settings.loud == true ? said.uppercased() : said
    for word in text.split(separator: " ") { try stream.text(String(word)) }
    let usage = ChatUsage(inputTokens: request.messages.count, outputTokens: 1)
    try stream.usage(usage)
    guard let tool = request.tools.first, request.toolChoice != .none else {
      return ChatAnswer(text: text, usage: usage)
    }
    let call = ChatToolCall(id: "c1", name: tool.name, arguments: "{\"a\":1}")
    try stream.toolCall(ChatToolCall(id: "c1", name: tool.name, arguments: "{\"a\""), index: 0)
    try stream.toolCallArguments(":1}", index: 0)
    return ChatAnswer(text: text, toolCalls: [call], usage: usage)
  }
}
