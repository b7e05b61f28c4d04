import FlowEngine
import Glibc
import JSONCodec
import Manifests
import Storage
import ToolContracts

extension CommandSpec {
  private static let message = OptionSpec(
    names: ["-m", "--message"], value: "TEXT", help: "the question; - reads it from stdin")
  private static let runOutput = OptionSpec.output(["text", "ndjson"])
  private static let conversation = OptionSpec(
    names: ["--conversation"], value: "ID|new", help: "go on with a conversation, or begin one")
  private static let restore = OptionSpec(
    names: ["--restore"], value: "continue|afresh",
    help: "where the conversation has expired: go on with it, or begin a new one that knows its key facts",
    choices: ["continue", "afresh"])

  static let flowRun = CommandSpec(
    path: ["flow", "run"],
    arguments: [ArgumentSpec(name: "FLOW", help: "a flow that is enabled for the tenant")],
    options: [message, conversation, restore, .provider, .model, .tenant, .user, runOutput],
    summary: "ask a flow a question and follow the run",
    discussion: """
      With -o ndjson the run's journal events are printed as they are recorded, one JSON object a line.
      Calls that a person must approve are asked about at the terminal; where nobody is there, the run waits for
      `run approve` and `run resume`.
      With --conversation the question follows on those that were asked before; it is the user's who began it.
      With --provider or --model all agents ask that model and no other; it is recorded with the run, which goes on so later.
      Exit codes: 0 answered, 1 failed, 5 no such flow or conversation, 75 a limit of the run was reached or it waits for approval,
      124 its time was up, 130 cancelled.
      """,
    examples: [
      "jackfield flow run helpdesk -m 'What is (17+4)*2^3?'",
      "jackfield flow run helpdesk --conversation new -m 'What is a deadline?'",
      "echo 'What is a deadline?' | jackfield flow run helpdesk -m - -o ndjson",
    ],
    run: { (context) async throws(CommandFailure) in
      guard let text = context.arguments[message] else { throw .usage("flow run needs a question: -m TEXT") }
      let question = text == "-" ? try readAll(STDIN_FILENO) : Array(text.utf8)
      guard let input = String(validating: question, as: UTF8.self) else {
        throw CommandFailure("invalid_utf8", "the question is not valid UTF-8", .failed)
      }
      return try await Host.use(context) { (host) async throws(CommandFailure) in
        exitCode(
          of: try await run(
            input.trimmed, on: host, context, asEvents: context.arguments[runOutput] == "ndjson"))
      }
    })

  private static func run(
    _ input: String, on host: Host, _ context: CommandContext, asEvents: Bool
  ) async throws(CommandFailure) -> FlowOutcome {
    let name = context.arguments.arguments[0]
    guard host.flows.catalog.flow(name, for: host.principal.tenant) != nil else {
      throw CommandFailure("tool_not_found", "there is no flow \(name)", .notFound)
    }
    let choice = try host.choice(context.arguments)
    let run = host.identifiers.makeRunID()
    let tail = asEvents ? JournalTail(of: run, host, context.console) : nil
    let narrator = asEvents ? nil : RunNarrator(context.console)
    let observer: any FlowObserver = tail ?? narrator!
    let request = FlowRequest(
      flow: name, input: input, principal: host.principal, run: run, cancellation: context.interruption,
      observer: observer, asker: TerminalAsker(), choice: choice)
    let paused = try await answer(request, on: host, context)
    let outcome = await host.settle(paused, of: run, context, observer: observer)
    await tail?.finish()
    narrator?.finish(outcome, run: run)
    return outcome
  }

  /// By itself, or as a turn of a conversation.
  private static func answer(
    _ request: FlowRequest, on host: Host, _ context: CommandContext
  ) async throws(CommandFailure) -> FlowOutcome {
    guard let asked = context.arguments[conversation] else {
      return await host.onLanes { await host.flows.run(request) }
    }
    if asked == "new" {
      let id = ConversationID(host.identifiers.makeRunID())
      context.console.message("conversation \(id)")
      return try await host.attempt { () async throws(RunFailure) in
        try await host.flows.begin(id, with: request)
      }
    }
    let id = try ConversationID(asked: asked)
    var restoration: Restoration?
    switch context.arguments[restore] {
    case "continue": restoration = .goOn
    case "afresh":
      let new = ConversationID(host.identifiers.makeRunID())
      context.console.message("conversation \(new), if \(id) has expired")
      restoration = .afresh(as: new)
    default: break
    }
    let wanted = restoration
    return try await host.attempt { () async throws(RunFailure) in
      try await host.flows.converse(request, in: id, restoring: wanted)
    }
  }

  static func exitCode(of outcome: FlowOutcome) -> ExitCode {
    switch outcome.status {
    case .succeeded: .ok
    case .cancelled: .interrupted
    case .inDoubt: .failed
    case .failed, .limitReached, .awaitingApproval, .awaitingPerson:
      outcome.failure.map { ExitCode($0.code) } ?? .failed
    }
  }

  static let flowList = CommandSpec(
    path: ["flow", "list"], options: [.tenant, .output(["text", "json"])],
    summary: "list the flows that the tenant may run",
    examples: ["jackfield flow list", "jackfield flow list --tenant globex -o json"],
    run: { (context) async throws(CommandFailure) in
      let (configuration, tenant) = try Host.readConfiguration(context)
      let names = tenant.flows.map(\.name).sorted()
      let flows = names.compactMap { configuration.flow($0) }
      if context.wantsJSON {
        context.console.result(
          JSONValue.array(flows.map { ["name": .string($0.name), "description": .string($0.description)] })
            .serialized())
      } else {
        for flow in flows { context.console.result(padded(flow.name, 20) + flow.description) }
      }
      return .ok
    })

  static let flowShow = CommandSpec(
    path: ["flow", "show"],
    arguments: [ArgumentSpec(name: "FLOW", help: "a flow that is enabled for the tenant")],
    options: [.tenant, .output(["text", "json"])],
    summary: "show a flow's agents, tools, handoffs and limits",
    examples: ["jackfield flow show helpdesk"],
    run: { (context) async throws(CommandFailure) in
      let (configuration, tenant) = try Host.readConfiguration(context)
      let name = context.arguments.arguments[0]
      guard tenant.flows.contains(where: { $0.name == name }), let flow = configuration.flow(name) else {
        throw CommandFailure("tool_not_found", "there is no flow \(name)", .notFound)
      }
      let sheet = FlowSheet(flow)
      if context.wantsJSON {
        context.console.result(sheet.json.serialized())
      } else {
        sheet.print(on: context.console)
      }
      return .ok
    })
}

/// Everything that can be read from a descriptor.
///
/// - Parameter most: so many bytes; beyond, it fails.
func readAll(_ descriptor: Int32, most: Int = 16 << 20) throws(CommandFailure) -> [UInt8] {
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65536)
  while true {
    let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
    if count == 0 { return bytes }
    if count < 0 {
      if errno == EINTR { continue }
      throw CommandFailure(
        "unreadable", "cannot read the input: \(String(cString: strerror(errno)))", .failed)
    }
    bytes.append(contentsOf: chunk[..<count])
    guard bytes.count <= most else {
      throw CommandFailure("too_large", "the input is over \(most >> 20) MiB", .failed)
    }
  }
}

extension String {
  /// Without blanks and line ends around it.
  var trimmed: String {
    let inner = drop { $0.isWhitespace }
    return String(inner.reversed().drop { $0.isWhitespace }.reversed())
  }
}

extension CommandContext {
  var wantsJSON: Bool { arguments[option: "--output"] == "json" }
}
