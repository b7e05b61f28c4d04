import JSONCodec
import NativePlugins
import PluginFixtures
import TestSupport
import Testing
import ToolContracts

/// What holds where a plugin is in the process of the host alone; the rest is PluginTierTests.
@Suite(.leavesNothingBehind) struct NativePluginTests {
  private typealias Function = EchoPlugin.Function

  private let tenant = TenantID("acme")!
  private let log = LogRecorder()
  private let receiver: CallRecorder
  private let plugin: NativePlugin

  init() throws {
    let log = log
    receiver = CallRecorder(tenant: tenant)
    plugin = try PluginFixture("plugins/echo", descriptor: EchoPlugin.descriptor).load(
      with: .forTests(log: { log.write($0) }))
  }

  private func open(
    _ configuration: JSONValue = ["unit": "metre"], services: GrantedServices = .none
  ) throws -> any ToolBackend {
    try plugin.open(
      for: tenant, configuration: configuration, services: services, receiver: receiver)
  }

  @Test func aSecondCompletionIsRefusedAndChangesNothing() throws {
    let (backend, call) = (try open(), receiver.begin(3))
    #expect(backend.invoke(call, function: Function.twice.rawValue, "{}") == .state)
    #expect(receiver.completion(of: call) == .init(status: .ok, payload: "1"))
  }

  @Test func aFailedOpenSaysWhatThePluginSaid() throws {
    let failure = #expect(throws: PluginFailure.self) { try open(["refuse": true]) }
    #expect(failure?.code == .openFailed)
    #expect(failure?.message.hasSuffix("told to refuse acme") == true)
  }

  @Test func isClosedExactlyOnce() throws {
    do {
      let backend = try open()
      backend.close()
      backend.close()
    }
    #expect(log.lines.filter { $0.message == "closed" }.count == 1)
  }

  @Test func isClosedWhenItsLastOwnerForgetsIt() throws {
    _ = try open()
    #expect(log.lines.map(\.message) == ["closed"])
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
