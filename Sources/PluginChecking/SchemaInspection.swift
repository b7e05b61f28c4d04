import JSONCodec
import JSONSchema
import PluginFiles
import ToolContracts
import ToolRegistry

/// The schemas of a descriptor, compiled, and the examples that they give.
struct SchemaInspection {
  /// A function as it is tried.
  struct Function {
    /// In the plugin's table.
    let index: UInt32
    let descriptor: FunctionDescriptor
    let output: CompiledSchema?
    /// Arguments that its schema allows.
    var examples: [JSONValue] = []
    /// Whether the examples are its author's, and so must succeed.
    var mustSucceed = false
    /// It was seen not to come back.
    var isLost = false
  }

  private(set) var findings: [Finding] = []
  private(set) var functions: [Function] = []

  init(_ sealed: SealedDescriptor) {
    if sealed.descriptor.id == "flow" {
      findings.append(Finding(.reservedName, at: "/id", "no plugin can have the id flow"))
    }
    if let schema = sealed.descriptor.configSchema { _ = compile(schema, at: "/configSchema") }
    for (index, function) in zip(sealed.tableIndices, sealed.descriptor.functions) {
      inspect(function, at: index)
    }
  }

  private mutating func inspect(_ function: FunctionDescriptor, at index: UInt32) {
    let isTool = function.kind == .tool
    let place = "/functions/\(index)"
    let input = compile(
      isTool ? function.inputSchema : ProviderSchemas.input(of: function.kind), at: "\(place)/inputSchema")
    let output = (isTool ? function.outputSchema : ProviderSchemas.output(of: function.kind))
      .flatMap { compile($0, at: "\(place)/outputSchema") }
    var tried = Function(index: index, descriptor: function, output: output)
    if let input, isTool { addExamples(to: &tried, checkedBy: input, at: "\(place)/inputSchema/examples") }
    if !isTool, let request = function.firstExample { tried.examples = [request] }
    functions.append(tried)
  }

  private mutating func addExamples(
    to function: inout Function, checkedBy schema: CompiledSchema, at place: String
  ) {
    let given = function.descriptor.examples
    for (number, example) in given.enumerated() {
      guard let error = schema.complaint(about: example) else {
        function.examples.append(example)
        function.mustSucceed = true
        continue
      }
      findings.append(
        Finding(.exampleInvalid, at: "\(place)/\(number)", "its schema does not allow it: \(error)"))
    }
    if given.isEmpty {
      findings.append(Finding(.examplesMissing, at: place, "\(function.descriptor.name) has no examples"))
      if schema.complaint(about: [:]) == nil { function.examples = [[:]] }
    } else if function.descriptor.effect != .none {
      findings.append(
        Finding(
          .notCalled, at: place,
          "\(function.descriptor.name) has an effect (\(function.descriptor.effect.rawValue)) and is not tried"
        ))
    }
  }

  private mutating func compile(_ schema: JSONValue, at place: String) -> CompiledSchema? {
    do throws(SchemaError) { return try CompiledSchema(schema) } catch {
      findings.append(Finding(.schemaInvalid, at: place + error.pointer.description, error.message))
      return nil
    }
  }
}

extension CompiledSchema {
  /// What is wrong with a value; nil where nothing is.
  func complaint(about value: JSONValue) -> String? {
    guard let document = try? JSONDocument(parsing: value.serialized()) else { return "it is no JSON" }
    return validate(document.root, maxErrors: 1).first?.message
  }
}
