import Glibc
import JSONCodec
import JSONSchema

extension CommandSpec {
  private static let schema = OptionSpec(
    names: ["--schema"], value: "FILE", help: "the schema; draft 2020-12, 2019-09 or 07 by its $schema")
  private static let instance = OptionSpec(
    names: ["--instance"], value: "FILE|-", help: "the value to check (default: stdin)")
  private static let resource = OptionSpec(
    names: ["--resource"], value: "URI=FILE",
    help: "a document that $ref may lead to; nothing is ever fetched",
    isRepeatable: true)
  private static let formatAssertion = OptionSpec(
    names: ["--format-assertion"], help: "`format` is checked; otherwise it only annotates")
  private static let direction = OptionSpec(
    names: ["--direction"], value: "input|output", help: "ask whether NEW may take the place of OLD",
    choices: SchemaDirection.allCases.map(\.rawValue))

  static let schemaValidate = CommandSpec(
    path: ["schema", "validate"],
    options: [schema, instance, .output(["text", "flag", "basic", "detailed"]), formatAssertion, resource],
    summary: "check a value against a JSON Schema",
    discussion:
      "Exit codes: 0 valid, 3 invalid. flag, basic and detailed are the output forms of the specification.",
    examples: [
      "jackfield schema validate --schema order.schema.json --instance order.json",
      "jackfield schema validate --schema a.json --resource https://example.com/b=b.json -o basic < value.json",
    ],
    run: { (context) async throws(CommandFailure) in
      guard let path = context.arguments[schema] else { throw .usage("schema validate needs --schema FILE") }
      let compiled = try compile(path, context)
      let instance = try JSONFile.read(context.arguments[instance] ?? "-")
      let form = context.arguments[option: "--output"].flatMap(SchemaOutputForm.init)
      if let form {
        context.console.result(compiled.output(instance.root, form: form).serialized())
      } else {
        for error in compiled.validate(instance.root, maxErrors: 20) {
          context.console.result(printable(error.message))
        }
      }
      return compiled.isValid(instance.root) ? .ok : .findings
    })

  static let schemaCompare = CommandSpec(
    path: ["schema", "compare"],
    arguments: [
      ArgumentSpec(name: "OLD", help: "a schema"), ArgumentSpec(name: "NEW", help: "its successor"),
    ],
    options: [direction, formatAssertion, resource, .output(["text", "json"])],
    summary: "say how the values two versions of a schema accept relate",
    discussion: """
      same, widened, narrowed, incomparable or unknown, with the places in NEW. With --direction input, exit code 3 says
      that something accepted before may be refused now; with output, that a promise may not be kept.
      """,
    examples: ["jackfield schema compare v1.json v2.json --direction input"],
    run: { (context) async throws(CommandFailure) in
      let words = context.arguments.arguments
      let (old, new) = (try JSONFile.read(words[0]).root.value, try JSONFile.read(words[1]).root.value)
      let resources = try resources(context)
      let comparison: SchemaComparison
      do throws(SchemaError) {
        comparison = try .compare(old: old, new: new, resources: resources, options: options(context))
      } catch {
        throw CommandFailure(error.code.rawValue, error.message, .failed, pointer: error.pointer.description)
      }
      if context.wantsJSON {
        context.console.result(comparison.json.serialized())
      } else {
        context.console.result(comparison.relation.rawValue)
        for place in comparison.narrowedAt { context.console.result("  may refuse more at \(shown(place))") }
        for place in comparison.widenedAt { context.console.result("  may accept more at \(shown(place))") }
      }
      guard let direction = context.arguments[direction].flatMap(SchemaDirection.init) else { return .ok }
      return comparison.isCompatible(direction) ? .ok : .findings
    })

  static let schemaExplain = CommandSpec(
    path: ["schema", "explain"], arguments: [ArgumentSpec(name: "SCHEMA", help: "a file, or - for stdin")],
    options: [formatAssertion, resource],
    summary: "print what a schema becomes when it is compiled",
    examples: ["jackfield schema explain order.schema.json"],
    run: { (context) async throws(CommandFailure) in
      let compiled = try compile(context.arguments.arguments[0], context)
      context.console.piece(printable(compiled.explanation, keepsNewlines: true))
      return .ok
    })

  static let schemaBowtie = CommandSpec(
    path: ["schema", "bowtie"],
    summary: "answer the Bowtie harness on stdin and stdout",
    discussion: "One line of JSON in, one out, until the harness says stop.",
    examples: ["bowtie run -i ./jackfield-schema-bowtie"],
    run: { (context) async throws(CommandFailure) in
      var session = BowtieSession(version: Version.program, homepage: "https://jackfield.invalid")
      while let line = readLine() {
        switch session.respond(to: Array(line.utf8)) {
        case .line(let reply): context.console.result(reply)
        case .stop: return .ok
        case .violation(let what): throw CommandFailure("protocol", what, .failed)
        }
      }
      return .ok
    })

  private static func shown(_ place: JSONPointer) -> String {
    place.tokens.isEmpty ? "the schema itself" : printable(place.description)
  }

  // MARK: Reading what was asked

  private static func compile(_ path: String, _ context: CommandContext) throws(CommandFailure)
    -> CompiledSchema
  {
    let schema = try JSONFile.read(path).root.value
    let resources = try resources(context)
    do throws(SchemaError) {
      return try CompiledSchema(schema, resources: resources, options: options(context))
    } catch {
      let place = error.pointer.tokens.isEmpty ? "" : "\(error.pointer): "
      throw CommandFailure(
        error.code.rawValue, "\(path): \(place)\(error.message)", .failed, pointer: error.pointer.description)
    }
  }

  private static func options(_ context: CommandContext) -> SchemaOptions {
    SchemaOptions(assertsFormat: context.arguments.has("--format-assertion"))
  }

  private static func resources(_ context: CommandContext) throws(CommandFailure) -> SchemaResources {
    var documents: [String: JSONValue] = [:]
    for word in context.arguments.all("--resource") {
      guard let equals = word.lastIndex(of: "="), equals > word.startIndex else {
        throw .usage("--resource takes URI=FILE, not \(word)")
      }
      documents[String(word[..<equals])] = try JSONFile.read(String(word[word.index(after: equals)...])).root
        .value
    }
    return SchemaResources(documents)
  }
}

extension SchemaComparison {
  fileprivate var json: JSONValue {
    var members: JSONObject = [
      "relation": .string(relation.rawValue),
      "narrowed_at": .array(narrowedAt.map { .string($0.description) }),
      "widened_at": .array(widenedAt.map { .string($0.description) }),
    ]
    members["accepted_only_before"] = lostExample
    members["accepted_only_now"] = gainedExample
    return .object(members)
  }
}
