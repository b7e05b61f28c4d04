import JSONCodec
import JSONSchema
package import Storage
package import ToolContracts

/// A run's calls held against another version of the plugin that they were made of. Nothing is called: what is compared is
/// what the version says of itself.
package struct PluginComparison: Sendable, Equatable {
  package struct Finding: Sendable, Equatable {
    package let step: UInt32
    package let tool: String
    package let problem: String
  }
  /// Of this plugin.
  package private(set) var calls = 0
  package private(set) var findings: [Finding] = []

  package init(_ events: [JournalEvent], against plugin: PluginDescriptor) {
    let functions = Dictionary(plugin.functions.map { ($0.name, ComparedFunction($0)) }) { first, _ in first }
    for event in events where event.kind == .toolStarted || event.kind == .toolFinished {
      guard let data = try? JSONDocument(parsing: event.data).root,
        let tool = data["tool"]?.string.flatMap({ ToolName($0) }), tool.plugin == plugin.id
      else { continue }
      let function = functions[String(tool.function)]
      if event.kind == .toolStarted { calls += 1 }
      let problems =
        event.kind == .toolStarted
        ? function.map { $0.problems(ofCall: data) } ?? ["version \(plugin.version) has no such function"]
        : function?.problems(ofOutcome: data) ?? []
      findings += problems.map { Finding(step: event.step ?? 0, tool: tool.description, problem: $0) }
    }
  }
}

private struct ComparedFunction {
  let effect: Effect
  let input: Result<CompiledSchema, SchemaError>
  let output: Result<CompiledSchema, SchemaError>?

  init(_ function: FunctionDescriptor) {
    effect = function.effect
    input = ComparedFunction.compiled(function.inputSchema)
    output = function.outputSchema.map(ComparedFunction.compiled)
  }

  private static func compiled(_ schema: JSONValue) -> Result<CompiledSchema, SchemaError> {
    do { return .success(try CompiledSchema(schema)) } catch { return .failure(error) }
  }

  func problems(ofCall call: JSONView) -> [String] {
    var problems = call["arguments"].map { broken(input, $0, "its arguments") } ?? []
    if let before = call["effect"]?.string, before != effect.rawValue {
      problems.append("its effect was \(before), and is \(effect.rawValue)")
    }
    return problems
  }

  func problems(ofOutcome outcome: JSONView) -> [String] {
    guard let output, let result = outcome["result"] else { return [] }
    return broken(output, result, "its result")
  }

  private func broken(
    _ schema: Result<CompiledSchema, SchemaError>, _ value: JSONView, _ what: String
  ) -> [String] {
    switch schema {
    case .failure(let error): ["the schema of \(what) is none: \(error.message)"]
    case .success(let schema):
      schema.validate(value, maxErrors: 3).map {
        "\(what) would be refused at '\($0.instance)': \($0.message)"
      }
    }
  }
}
