/// What is said about a tool before it is called; shared by `Tool` and `AsyncTool`.
public protocol ToolDeclaration: Sendable {
  associatedtype Input: Codable & Sendable
  associatedtype Output: Codable & Sendable

  /// `[a-z0-9_-]`, at most 48 bytes. Agents see it behind the plugin's id: `calc.evaluate`.
  static var name: String { get }
  /// What the tool does and when to use it, written for a model.
  static var description: String { get }
  /// A name for people.
  static var title: String? { get }
  /// The default is the careful one: `.nonIdempotent`.
  static var effect: Effect { get }
  /// By default what follows from `effect`.
  static var annotations: Annotations { get }
  static var limits: LimitHints { get }
  /// Whether one instance must run one call at a time; otherwise calls are concurrent.
  static var isSerial: Bool { get }
  /// Derived from `Input` unless given.
  static var inputSchema: Schema { get }
  /// Derived from `Output` unless given.
  static var outputSchema: Schema { get }
  /// Calls that must succeed: they stand in the input schema, where models read them and `jackfield plugin check` tries
  /// them. A schema that is given as JSON has its own.
  static var examples: [Input] { get }
}

extension ToolDeclaration {
  public static var title: String? { nil }
  public static var effect: Effect { .nonIdempotent }
  public static var annotations: Annotations {
    switch effect {
    case .none: Annotations(readOnly: true)
    case .idempotent: Annotations(readOnly: false, idempotent: true)
    case .nonIdempotent: Annotations()
    }
  }
  public static var limits: LimitHints { LimitHints() }
  public static var isSerial: Bool { false }
  public static var inputSchema: Schema { .derived(Input.self) }
  public static var outputSchema: Schema { .derived(Output.self) }
  public static var examples: [Input] { [] }
}

/// A tool that answers on the thread it is called on. It may block until its deadline, and not a moment longer.
///
///     struct Greet: Tool {
///       static let name = "greet"
///       static let description = "Greets somebody by name."
///       static let effect = Effect.none
///       struct Input: Codable { var name: String }
///       struct Output: Codable { var greeting: String }
///       func call(_ input: Input, context: CallContext) throws -> Output { Output(greeting: "Hello, \(input.name)!") }
///     }
public protocol Tool: ToolDeclaration {
  /// Runs one call; concurrently with others unless `isSerial`.
  ///
  /// Throw `ToolError` for a failure that the model should read. Every other error is a defect of the plugin, and shown
  /// to the operator alone. A call that takes more than a few milliseconds asks `context.checkCancellation()` now and
  /// then.
  func call(_ input: Input, context: CallContext) throws -> Output
}

/// A tool that completes later: the host's thread is free while it is suspended.
///
/// It runs in Swift's thread pool, which has one thread per core: it must not block. A tool that blocks is a `Tool`.
public protocol AsyncTool: ToolDeclaration {
  /// Runs one call, as `Tool.call(_:context:)` does. Its task is cancelled once nobody waits for the call.
  func call(_ input: Input, context: CallContext) async throws -> Output
}
