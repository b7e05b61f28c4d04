internal import PluginABI

/// One function of a plugin: a declaration that is known without an instance, and how to make it for an instance.
///
/// The closure runs once for every instance, right after `Plugin.init`, and hands over what the function needs of it:
///
///     static let functions: [Function<Library>] = [.tool { Search(index: $0.index) }, .chat { $0.model }]
///
/// What makes tools is inlinable: in a release build of a plugin it is compiled for the plugin's types.
public struct Function<P: Plugin>: Sendable {
  let declaration: FunctionDeclaration
  let bind: @Sendable (P) -> BoundFunction

  @usableFromInline
  init(declaration: FunctionDeclaration, bind: @escaping @Sendable (P) -> BoundFunction) {
    self.declaration = declaration
    self.bind = bind
  }

  @inlinable
  public static func tool<T: Tool>(_ make: @escaping @Sendable (P) -> T) -> Function {
    Function(declaration: .tool(T.self, mayPend: false)) { plugin in
      let tool = make(plugin)
      return BoundFunction.immediate { context, arguments in
        try JSONCoding.answer(
          tool.call(JSONCoding.arguments(T.Input.self, from: arguments), context: context))
      }.examined(tool)
    }
  }

  @inlinable
  public static func tool<T: AsyncTool>(_ make: @escaping @Sendable (P) -> T) -> Function {
    Function(declaration: .tool(T.self, mayPend: true)) { plugin in
      let tool = make(plugin)
      return BoundFunction.pending { context, arguments in
        let input = try arguments.withUnsafeBytes { try JSONCoding.arguments(T.Input.self, from: $0) }
        return try JSONCoding.bytes(of: await tool.call(input, context: context))
      }.examined(tool)
    }
  }
}

/// What the descriptor and the function table say about one function.
@usableFromInline
struct FunctionDeclaration: Sendable {
  enum Kind: String, Sendable { case tool, chat, embed, models }

  var name: String
  var kind: Kind
  var title: String?
  var description: String
  var effect: Effect
  var mayPend: Bool
  var isSerial: Bool
  var annotations = Annotations()
  var limits: LimitHints
  var inputSchema: Schema?
  var outputSchema: Schema?
  /// Arguments as JSON.
  var examples: @Sendable () throws -> [String] = { [] }

  @usableFromInline
  static func tool<T: ToolDeclaration>(_ type: T.Type, mayPend: Bool) -> FunctionDeclaration {
    FunctionDeclaration(
      name: T.name, kind: .tool, title: T.title, description: T.description, effect: T.effect,
      mayPend: mayPend,
      isSerial: T.isSerial, annotations: T.annotations, limits: T.limits, inputSchema: T.inputSchema,
      outputSchema: T.outputSchema, examples: { try T.examples.map { try JSONCoding.answer($0).text } })
  }

  @usableFromInline
  static func chat<C: ChatDeclaration>(_ type: C.Type, mayPend: Bool) -> FunctionDeclaration {
    FunctionDeclaration(
      name: C.name, kind: .chat, description: C.description, effect: .none, mayPend: mayPend,
      isSerial: C.isSerial,
      limits: C.limits)
  }

  static func embed<E: EmbedProvider>(_ type: E.Type) -> FunctionDeclaration {
    FunctionDeclaration(
      name: "embed", kind: .embed, description: "Turns texts into vectors.", effect: .none, mayPend: false,
      isSerial: E.isSerial, limits: E.limits)
  }

  static let models = FunctionDeclaration(
    name: "models", kind: .models, description: "Lists the models of this provider.", effect: .none,
    mayPend: false,
    isSerial: false, limits: LimitHints())

  /// The row of the C table.
  var abiKind: Int32 {
    switch kind {
    case .tool: Int32(JF_KIND_TOOL)
    case .chat: Int32(JF_KIND_CHAT)
    case .embed: Int32(JF_KIND_EMBED)
    case .models: Int32(JF_KIND_MODELS)
    }
  }

  var abiEffect: Int32 {
    switch effect {
    case .none: Int32(JF_EFFECT_NONE)
    case .idempotent: Int32(JF_EFFECT_IDEMPOTENT)
    case .nonIdempotent: Int32(JF_EFFECT_NON_IDEMPOTENT)
    }
  }

  var abiFlags: UInt32 {
    (mayPend ? UInt32(JF_FUNCTION_MAY_PEND) : 0) | (isSerial ? UInt32(JF_FUNCTION_SERIAL) : 0)
  }
}
