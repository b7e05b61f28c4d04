import Glibc
import JSONRPC
import MCPFixtures
import MCPServer
import Telemetry
import ToolContracts

/// Serves the fixtures over standard input and output, as `jackfield stdio` serves plugins: for clients in other languages.
@main
enum FixtureMain {
  static func main() async {
    guard let (input, output) = ProtectedStdio.claim() else { exit(2) }
    var limits = LimitPolicy()
    limits.maxResultBytes = 17 << 20
    let time = SystemTime()
    let log = Log(to: DescriptorSink.standardError, clock: { time.wallClock() })
    let changes = ChangeAnnouncer()
    let host = FixtureHost(
      [FixtureTools.all, ConformanceTools.plugin(changes)], resources: FixtureResources(),
      prompts: FixturePrompts.all, changes: changes, defaults: limits, laneCount: 2, log: log)
    let end = await host.server.serve(input: input, output: output)
    exit(end == .endOfInput || end == .outputClosed ? 0 : 1)
  }
}
