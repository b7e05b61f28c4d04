import JSONCodec
import NativePlugins
import PluginFixtures
import TestSupport
import Testing
import ToolContracts

/// What holds where a plugin is in the process of the host alone; the rest is PluginTierTests.
@Suite(.leavesNothingBehind) struct NativePluginTests {
  private enum Function: Int, CaseIterable {
    case say, later, twice, fail, stream, describe, log, hold, nonsense
  }

  private static let descriptor: String = {
    let functions = Function.allCases.map { function in
      let mayPend = function == .later || function == .hold
      return """
        {"name":"\(function)","description":"d","inputSchema":{"type":"object"},"effect":"none","mayPend":\(mayPend)}
        """
    }
    return """
      {"abi":1,"id":"echo","version":"1.0.0","functions":[\(functions.joined(separator: ","))],"services":["jf.config/1"]}
      """
  }()

  private let tenant = TenantID("acme")!
  private let log = LogRecorder()
  private let receiver: CallRecorder
  private let plugin: NativePlugin

  init() throws {
    let log = log
    receiver = CallRecorder(tenant: tenant)
    plugin = try PluginFixture("plugins/echo", descriptor: Self.descriptor).load(
      with: .forTests(log: { log.write($0) }))
  }

  private func open(
    _ configuration: JSONValue = ["unit": "metre"], services: GrantedServices = .none
  ) throws -> any ToolBackend {
    try plugin.open(
      for: tenant, configuration: configuration, services: services, receiver: receiver)
  }

  @Test func openingAndClosingNeverOverlap() async throws {
    try await withThrowingTaskGroup { group in
      for _ in 0..<8 {
        group.addTask { for _ in 0..<100 { try open().close() } }
      }
      try await group.waitForAll()
    }
    #expect(log.lines.filter { $0.message == "closed" }.count == 800)
    #expect(!log.lines.contains { $0.message == "overlapped" })
  }

  @Test func isNamedInTheListOfMappings() throws {
    let maps = try #require(fileText("/proc/self/maps"))
    #expect(maps.contains("memfd:jackfield-plugin:echo"))
  }
}
