import Glibc
import Invocation
import JSONCodec
import MCPClient
import Manifests
import ToolContracts
import ToolRegistry

extension CommandSpec {
  static let toolList = CommandSpec(
    path: ["tool", "list"], options: [.tenant, .output(["text", "json"])],
    summary: "list the tools that the tenant may call",
    examples: ["jackfield tool list", "jackfield tool list --tenant globex -o json"],
    run: { (context) async throws(CommandFailure) in
      let (tools, withheld) = try await Host.use(context) { (host) async throws(CommandFailure) in
        (host.registry[host.principal.tenant]?.tools ?? [], host.configuration.generation.withheld)
      }
      if context.wantsJSON {
        context.console.result(JSONValue.array(tools.map(\.json) + withheld.map(\.json)).serialized())
        return .ok
      }
      for tool in tools {
        let about = printable(tool.function.descriptor.description)
        context.console.result(padded(tool.function.name.description, 22) + firstSentence(of: about))
      }
      for tool in withheld {
        context.console.result(padded(tool.name.description, 22) + "withheld: \(tool.why)")
      }
      return .ok
    })

  private static let timeout = OptionSpec(
    names: ["--timeout"], value: "D", help: "shortens the tool's time limit: 200ms, 5s, 1m")

  static let toolCall = CommandSpec(
    path: ["tool", "call"], arguments: [ArgumentSpec(name: "NAME", help: "a tool, as `tool list` prints it")],
    options: [.input, timeout, .tenant, .user, .output(["text", "json"])],
    summary: "call one tool, with the tenant's limits, and print its result",
    discussion: "Goes the same way as a call of an agent: checked, limited, timed, recorded.",
    examples: [
      #"jackfield tool call calc.evaluate --input '{"expression":"6*7"}'"#,
      "jackfield tool call docs.search --input @query.json --timeout 500ms -o json",
    ],
    run: { (context) async throws(CommandFailure) in
      let text = context.arguments.arguments[0]
      let arguments = try readInput(context.arguments[.input] ?? "{}")
      let time = try context.arguments[timeout].map { (text) throws(CommandFailure) in
        guard let nanoseconds = nanosecondsOfDuration(text) else {
          throw .usage("--timeout takes a duration such as 200ms, 5s or 1m, not \(text)")
        }
        return nanoseconds
      }
      guard let tool = ToolName(text) else {
        throw CommandFailure("tool_not_found", "there is no tool \(text)", .notFound)
      }
      return try await callTool(tool, arguments, context, timeout: time)
    })

  /// Makes one call, and prints its result.
  ///
  /// - Parameter timeout: nanoseconds; shortens the tool's own time.
  static func callTool(
    _ tool: ToolName, _ arguments: [UInt8], _ context: CommandContext, timeout: Int64? = nil
  ) async throws(CommandFailure) -> ExitCode {
    let outcome = try await Host.use(context) { (host) async throws(CommandFailure) in
      await host.onLanes {
        await host.pipeline.call(
          CallRequest(
            tool: tool, arguments: arguments, principal: host.principal,
            call: CallID(run: host.identifiers.makeRunID(), step: 1), timeoutNanoseconds: timeout,
            cancellation: context.interruption, asker: TerminalAsker()))
      }
    }
    switch outcome {
    case .success(let result):
      context.console.result(result.json)
      return .ok
    case .failure(let failure): throw CommandFailure(failure)
    }
  }

  static func readInput(_ text: String) throws(CommandFailure) -> [UInt8] {
    if text == "-" { return try readAll(STDIN_FILENO) }
    guard text.hasPrefix("@") else { return Array(text.utf8) }
    return try Files.read(String(text.dropFirst()))
  }
}

private func firstSentence(of text: String) -> Substring {
  let ends = zip(text.indices, text.indices.dropFirst())
  guard let (_, next) = ends.first(where: { text[$0] == "." && text[$1] == " " }) else { return text[...] }
  return text[..<next]
}

extension EnabledFunction {
  fileprivate var json: JSONValue {
    let descriptor = function.descriptor
    var object: JSONObject = [
      "name": .string(function.name.description), "description": .string(descriptor.description),
      "inputSchema": descriptor.inputSchema,
    ]
    object["outputSchema"] = descriptor.outputSchema
    object["annotations"] = descriptor.annotations
    object["effect"] = .string(descriptor.effect.rawValue)
    object["timeout_ms"] = .int(limits.timeoutNanoseconds / 1_000_000)
    return .object(object)
  }
}

extension WithheldTool {
  fileprivate var why: String {
    reason == .new ? "new at its server, not approved" : "no longer described as it was approved"
  }

  fileprivate var json: JSONValue {
    ["name": .string(name.description), "withheld": .string(reason.rawValue)]
  }
}
