import FlowEngine
import Storage
import ToolContracts

extension CommandSpec {
  private static let flow = OptionSpec(
    names: ["--flow"], value: "FLOW", help: "whom to talk to (default: the tenant's flow, where there is one)"
  )
  private static let conversation = OptionSpec(
    names: ["--conversation"], value: "ID", help: "go on with this conversation")

  static let chat = CommandSpec(
    path: ["chat"], options: [flow, conversation, .provider, .model, .tenant, .user],
    summary: "talk to a flow at the terminal",
    discussion: """
      Each line is a turn of a conversation; it can be edited, and those before are on the arrow keys. Approvals and questions
      of tools are asked in place. /why, /cost, /undo and /help are for you, not for the flow. Ctrl-C ends a turn, Ctrl-D the chat.
      Without a terminal, lines are read from stdin as they are, and nobody is asked: the exit code is then that of the last
      turn, as of `flow run`.
      """,
    examples: [
      "jackfield chat --flow helpdesk", "echo 'What is a deadline?' | jackfield chat --flow helpdesk",
    ],
    run: { (context) async throws(CommandFailure) in
      let id = try context.arguments[conversation].map { (text) throws(CommandFailure) in
        try ConversationID(asked: text)
      }
      return try await Host.use(context) { (host) async throws(CommandFailure) in
        let name = try await flow(for: id, on: host, context)
        let choice = try host.choice(context.arguments)
        var chat = Chat(host, context, flow: name, conversation: id, choice: choice)
        await chat.run()
        return chat.lines.isTerminal ? .ok : chat.code
      }
    })

  /// The conversation's, the one that was asked for, or the only one.
  private static func flow(
    for conversation: ConversationID?, on host: Host, _ context: CommandContext
  ) async throws(CommandFailure) -> String {
    if let conversation {
      let principal = host.principal
      return try await host.attempt { () async throws(RunFailure) in
        try await host.flows.summary(of: conversation, for: principal).flow
      }
    }
    let names = host.flows.catalog.flows(for: host.principal.tenant).map(\.name)
    if let asked = context.arguments[flow] {
      guard names.contains(asked) else {
        throw CommandFailure("tool_not_found", "there is no flow \(asked)", .notFound)
      }
      return asked
    }
    guard let only = names.first, names.count == 1 else {
      throw .usage("which flow? Give --flow: \(names.joined(separator: ", "))")
    }
    return only
  }
}
