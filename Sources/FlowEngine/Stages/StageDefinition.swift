import JSONCodec
package import JSONSchema
package import Manifests
package import ToolContracts

/// One part of a flow's work as the engine does it: checked, with every name resolved.
package struct StageDefinition: Sendable {
  package enum Work: Sendable {
    case agent(String)
    case tool(ToolName)
    /// A person says yes or no to the input, which is then the output.
    case approval(expiresNanoseconds: Int64)
  }
  package var name: String
  package var work: Work
  /// Stages that are done before it.
  package var needs: [String]
  package var input: StageInput
  package var inputSchema: CompiledSchema?
  /// Nil: the output is whatever it is.
  package var output: OutputContract?
  package var onFailure: StageFailurePolicy
  package var limits: AgentLimits

  package init(
    name: String, work: Work, needs: [String] = [], input: StageInput = .runInput(.root),
    inputSchema: CompiledSchema? = nil, output: OutputContract? = nil, onFailure: StageFailurePolicy = .stop,
    limits: AgentLimits = AgentLimits()
  ) {
    self.name = name
    self.work = work
    self.needs = needs
    self.input = input
    self.inputSchema = inputSchema
    self.output = output
    self.onFailure = onFailure
    self.limits = limits
  }

  /// - Throws: `schemaViolation` for an input that does not have its form.
  func checkInput(_ input: JSONValue) throws(InvocationFailure) {
    try check(input, inputSchema, .schemaViolation, "input")
  }

  /// - Throws: `invalidResult` for an output that does not have its form.
  func checkOutput(_ output: JSONValue) throws(InvocationFailure) {
    try check(output, self.output?.compiled, .invalidResult, "output")
  }

  private func check(
    _ value: JSONValue, _ schema: CompiledSchema?, _ code: InvocationFailure.Code, _ what: String
  ) throws(InvocationFailure) {
    guard let schema else { return }
    guard let document = try? JSONDocument(parsing: value.serialized()) else {
      throw InvocationFailure(code, "the \(what) of the stage \(name) is nested too deeply")
    }
    guard let error = schema.validate(document.root, maxErrors: 1).first else { return }
    throw InvocationFailure(
      code, "the \(what) of the stage \(name) does not have its form: \(error.message)",
      pointer: error.instance)
  }
}

/// What a loop knows of the stage that it works for.
struct StageRole: Sendable {
  let name: String
  let limits: AgentLimits
  let onFailure: StageFailurePolicy
  /// The form of what the loop answers; it goes before that of the agent. Nil for whoever is only asked.
  var output: OutputContract?

  init(_ stage: StageDefinition) {
    name = stage.name
    limits = stage.limits
    onFailure = stage.onFailure
    output = stage.output
  }

  /// That of an agent which is asked by one that has this.
  var ofCallee: StageRole {
    var role = self
    role.output = nil
    return role
  }
}
