import JSONCodec
import MCPClient
import Manifests
import Telemetry
import ToolContracts

extension CommandSpec {
  private static let show = OptionSpec(names: ["--show"], help: "show what has changed and approve nothing")

  static let toolApprove = CommandSpec(
    path: ["tool", "approve"],
    arguments: [ArgumentSpec(name: "NAME", help: "a tool of an MCP server, as `tool list` prints it")],
    options: [show, .tenant],
    summary: "approve what an MCP server says of a tool now",
    discussion: """
      What a server says of its tools is pinned when the tenant first uses it. A tool that is described otherwise later, or
      is new, is withheld until this command has shown the difference and recorded that it is approved.
      """,
    examples: [
      "jackfield tool approve github.create_issue --show", "jackfield tool approve github.create_issue",
    ],
    run: { (context) async throws(CommandFailure) in
      let text = context.arguments.arguments[0]
      guard let name = ToolName(text) else { throw notOffered(text) }
      let approval = try Approval(of: name, context)
      for line in approval.lines { context.console.result(printable(line)) }
      guard approval.isNeeded else {
        context.console.message("\(name) is approved as it is")
        return .ok
      }
      guard !context.arguments.has("--show") else { return .findings }
      try approval.record()
      context.console.message(
        "\(name) is approved; hosts that run already see it when they are started again")
      return .ok
    })

  fileprivate static func notOffered(_ name: String) -> CommandFailure {
    CommandFailure("tool_not_found", "no MCP server of this tenant has a tool \(name)", .notFound)
  }
}

/// What a server says of one tool now, beside what was approved.
private struct Approval {
  private let tenant: TenantID
  private let server: String
  private let store: PinStore
  private let pins: [OfferedTool]
  private let offered: OfferedTool
  private let pinned: OfferedTool?

  init(of name: ToolName, _ context: CommandContext) throws(CommandFailure) {
    let (configuration, tenant) = try Host.readConfiguration(context)
    let locations = try Locations(context.arguments)
    let server = String(name.plugin)
    self.server = server
    self.tenant = tenant.name
    store = PinStore(root: locations.pins)
    let servers = MCPServers(
      configuration, tenant, only: server, locations, time: SystemTime(), log: Host.makeLog(context),
      metrics: Metrics())
    defer { servers.stop() }
    let tools = try servers.offered(by: server)
    let pins: [OfferedTool]
    do throws(PinFailure) {
      pins = try store.pins(of: server, for: tenant.name) ?? []
    } catch {
      throw CommandFailure("pins_unreadable", error.message, .failed)
    }
    let found = tools.filter { $0.functionName(at: server) == name }
    guard let tool = found.first else { throw CommandSpec.notOffered(name.description) }
    guard found.count == 1 else {
      throw CommandFailure("duplicate_tool", "\(server) has several tools that would be \(name)", .failed)
    }
    self.pins = pins
    offered = tool
    pinned = pins.first { $0.name == tool.name }
  }

  var isNeeded: Bool { pinned?.digest != offered.digest }
  var lines: [String] { DescriptionDifference(from: pinned, to: offered).lines }

  func record() throws(CommandFailure) {
    do throws(PinFailure) {
      try store.replace(pins.filter { $0.name != offered.name } + [offered], of: server, for: tenant)
    } catch {
      throw CommandFailure("pins_unwritable", error.message, .failed)
    }
  }
}
