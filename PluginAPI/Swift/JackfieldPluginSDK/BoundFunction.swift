/// A function of one instance, from JSON to JSON.
@usableFromInline
struct BoundFunction: Sendable {
  /// The bytes are borrowed until the closure returns.
  @usableFromInline
  typealias Immediate = @Sendable (CallContext, UnsafeRawBufferPointer) throws -> JSONOutput
  @usableFromInline
  typealias Pending = @Sendable (CallContext, [UInt8]) async throws -> [UInt8]

  enum Body: Sendable {
    case immediate(Immediate)
    case pending(Pending)
  }

  let body: Body
  private(set) var reconcile: Immediate?
  private(set) var preview: Immediate?

  @usableFromInline
  static func immediate(_ body: @escaping Immediate) -> BoundFunction {
    BoundFunction(body: .immediate(body))
  }

  @usableFromInline
  static func pending(_ body: @escaping Pending) -> BoundFunction { BoundFunction(body: .pending(body)) }

  /// With what `tool` can tell of calls that are not made.
  @usableFromInline
  func examined(_ tool: some ToolDeclaration) -> BoundFunction {
    var function = self
    if let tool = tool as? any ReconcilingTool { function.reconcile = Self.reconciling(tool) }
    if let tool = tool as? any PreviewingTool { function.preview = Self.previewing(tool) }
    return function
  }

  private static func reconciling<T: ReconcilingTool>(_ tool: T) -> Immediate {
    { context, arguments in
      try JSONCoding.answer(
        tool.reconcile(JSONCoding.arguments(T.Input.self, from: arguments), context: context))
    }
  }

  private static func previewing<T: PreviewingTool>(_ tool: T) -> Immediate {
    { context, arguments in
      try JSONCoding.answer(
        tool.preview(JSONCoding.arguments(T.Input.self, from: arguments), context: context))
    }
  }
}
