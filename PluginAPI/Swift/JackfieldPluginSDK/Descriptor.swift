/// The descriptor of a plugin, as PluginAPI/DESCRIPTOR.md has it.
enum Descriptor {
  static func document<P: Plugin>(of plugin: P.Type) throws -> JSONDocument {
    try check(name: P.id, characters: "abcdefghijklmnopqrstuvwxyz0123456789-", limit: 32, what: "plugin id")
    var names: Set<String> = []
    let functions = try P.functions.map(\.declaration).map { declaration in
      guard names.insert(declaration.name).inserted else {
        throw DeclarationError("two functions are named \"\(declaration.name)\"")
      }
      return try describe(declaration)
    }
    var members: Members = [
      ("abi", .integer(1)), ("id", .string(P.id)), ("version", .string(P.version)),
      ("functions", .array(functions)),
    ]
    let services = (P.configurationSchema == nil ? [] : ["jf.config/1"]) + P.services
    if !services.isEmpty { members.append(("services", .array(services.map(JSONDocument.string)))) }
    if !P.secrets.isEmpty { members.append(("secrets", .array(P.secrets.map(JSONDocument.string)))) }
    if !P.optionalSecrets.isEmpty {
      members.append(("optionalSecrets", .array(P.optionalSecrets.map(JSONDocument.string))))
    }
    if let schema = P.configurationSchema { members.append(("configSchema", try schema.document())) }
    return .object(members)
  }

  private typealias Members = [(key: String, value: JSONDocument)]

  private static func describe(_ function: FunctionDeclaration) throws -> JSONDocument {
    try check(
      name: function.name, characters: "abcdefghijklmnopqrstuvwxyz0123456789_-", limit: 48,
      what: "function name")
    var members: Members = [("name", .string(function.name)), ("kind", .string(function.kind.rawValue))]
    if let title = function.title { members.append(("title", .string(title))) }
    members.append(("description", .string(function.description)))
    do {
      if let schema = function.inputSchema {
        members.append(("inputSchema", try schema.document(examples: function.examples())))
      }
      if let schema = function.outputSchema { members.append(("outputSchema", try schema.document())) }
    } catch {
      throw DeclarationError("function \"\(function.name)\": \(error)")
    }
    let annotations = hints(of: function.annotations)
    if !annotations.isEmpty { members.append(("annotations", .object(annotations))) }
    members += [
      ("effect", .string(function.effect.rawValue)), ("mayPend", .bool(function.mayPend)),
      ("serial", .bool(function.isSerial)),
    ]
    let limits = hints(of: function.limits)
    if !limits.isEmpty { members.append(("limits", .object(limits))) }
    return .object(members)
  }

  private static func hints(of annotations: Annotations) -> Members {
    [
      ("readOnlyHint", annotations.readOnly), ("destructiveHint", annotations.destructive),
      ("idempotentHint", annotations.idempotent), ("openWorldHint", annotations.openWorld),
    ].compactMap { name, value in value.map { (name, .bool($0)) } }
  }

  private static func hints(of limits: LimitHints) -> Members {
    [
      ("timeoutMs", limits.timeoutMilliseconds), ("maxResultBytes", limits.maxResultBytes),
      ("ratePerMinute", limits.ratePerMinute), ("concurrency", limits.concurrency),
    ].compactMap { name, value in value.map { (name, .integer(Int64($0))) } }
  }

  private static func check(name: String, characters: String, limit: Int, what: String) throws {
    guard !name.isEmpty, name.utf8.count <= limit, name.allSatisfy(characters.contains) else {
      throw DeclarationError("\"\(name)\" is no \(what): 1 to \(limit) of \(characters)")
    }
  }
}
