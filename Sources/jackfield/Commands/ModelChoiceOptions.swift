import FlowEngine
import JSONSchema
import ToolContracts
import ToolRegistry

extension OptionSpec {
  static let provider = OptionSpec(
    names: ["--provider"], value: "P", help: "all agents ask this provider, one of the tenant's")
  static let model = OptionSpec(
    names: ["--model"], value: "M", help: "all agents ask this model, and no other")
}

extension Host {
  /// The model that is asked for; nil where none is.
  ///
  /// - Throws: `provider_not_found` for one that the tenant does not have, whether or not the host does.
  func choice(_ arguments: ParsedArguments) throws(CommandFailure) -> ModelChoice? {
    if let name = arguments[.provider] { _ = try provider(name, "chat") }
    if arguments[.model]?.isEmpty == true { throw .usage("--model takes the name of a model") }
    return ModelChoice(provider: arguments[.provider], name: arguments[.model])
  }

  /// A function of one of the tenant's providers.
  func provider(_ name: String, _ function: String) throws(CommandFailure) -> ToolName {
    let view = registry[principal.tenant]
    let providers = view?.functions.filter { $0.function.descriptor.kind != .tool } ?? []
    let known = Set(providers.map { String($0.function.name.plugin) })
    guard known.contains(name) else {
      let hint = nearestMatch(to: name, in: known.sorted()).map { "; did you mean \($0)?" } ?? ""
      throw CommandFailure("provider_not_found", "there is no provider \(printable(name))\(hint)", .notFound)
    }
    guard let tool = ToolName(plugin: name, function: function), view?[tool] != nil else {
      throw CommandFailure("tool_not_found", "the provider \(name) has no function \(function)", .notFound)
    }
    return tool
  }
}
