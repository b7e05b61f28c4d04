import Admission
import Authorization
import JSONCodec
import Locking
import TestSupport
import Testing
import ToolContracts
import ToolRegistry

/// What exists and who may use it. Every reason why something is missing is told; nothing is let through instead.
@Suite struct RegistryBuilderTests {
  private let acme = TenantID("acme")!
  private let globex = TenantID("globex")!
  private let builder = RegistryBuilder()
  private let add = ToolName("math.add")!

  private func assignment(
    _ enabled: [String: [NamePattern]], configurations: [String: JSONValue] = [:],
    limits: LimitPolicy = LimitPolicy()
  ) -> TenantAssignment {
    TenantAssignment(
      policy: AccessPolicy(revision: "1", enabled: enabled), configurations: configurations,
      limits: { _, _ in limits })
  }

  @Test func aTenantSeesWhatItsPolicyEnablesAndNothingElse() throws {
    builder.add(FakePlugin("math", ["add", "sub", "secret"]))
    builder.add(FakePlugin("other", ["add"]))
    builder.add(acme, assignment(["math": [NamePattern("add"), NamePattern("su*")]]), receiver: NoReceiver())
    builder.add(globex, assignment([:]), receiver: NoReceiver())
    let snapshot = builder.snapshot()
    #expect(builder.problems.isEmpty)
    let view = try #require(snapshot[acme])
    #expect(view.functions.map(\.function.name.description) == ["math.add", "math.sub"])
    #expect(view[ToolName("math.secret")!] == nil && view[ToolName("other.add")!] == nil)
    #expect(snapshot[globex]?.functions.isEmpty == true)
    #expect(snapshot[TenantID("nobody")!] == nil)
    // That there is such a function is known all the same: a call is refused for the right reason.
    #expect(snapshot[ToolName("math.secret")!] != nil)
  }

  @Test func providersAreNoTools() throws {
    builder.add(FakePlugin("rules", ["chat", "search"], kinds: ["chat": .chat]))
    builder.add(acme, assignment(["rules": [NamePattern("*")]]), receiver: NoReceiver())
    let view = try #require(builder.snapshot()[acme])
    #expect(view.tools.map(\.function.name.description) == ["rules.search"])
    #expect(view[ToolName("rules.chat")!] != nil)
  }

  @Test func theSecondPluginOfAnIdIsLeftOut() {
    builder.add(FakePlugin("math", ["add"]))
    builder.add(FakePlugin("math", ["sub"]))
    #expect(builder.problems.map(\.code) == [.duplicatePlugin])
    #expect(builder.snapshot().functions.map(\.name.description) == ["math.add"])
  }

  @Test func aPluginWithAFaultyFunctionIsLeftOutAltogether() {
    builder.add(FakePlugin("twice", ["good", "same", "same"]))
    builder.add(FakePlugin("schema", ["good", "bad"], schemas: ["bad": ["type": "no such type"]]))
    builder.add(FakePlugin("name", ["good", "no name"]))
    #expect(builder.problems.map(\.code) == [.duplicateTool, .schemaInvalid, .schemaInvalid])
    #expect(builder.snapshot().functions.isEmpty)
  }

  @Test func aPluginThatCannotBeOpenedTakesOnlyItsOwnFunctionsWithIt() throws {
    builder.add(FakePlugin("broken", ["do"], opening: PluginFailure(.openFailed, "no")))
    builder.add(FakePlugin("math", ["add"]))
    let both = ["broken": [NamePattern("*")], "math": [NamePattern("*")], "missing": [NamePattern("*")]]
    builder.add(acme, assignment(both), receiver: NoReceiver())
    #expect(builder.problems.map(\.code) == [.openFailed, .unknownPlugin])
    #expect(try #require(builder.snapshot()[acme]).functions.map(\.function.name) == [add])
    #expect(builder.instances.count == 1)
  }

  @Test func aPluginIsOpenedWithItsTenantsConfigurationAndNeverWithAWrongOne() throws {
    let plugin = FakePlugin(
      "math", ["add"],
      configuration: [
        "type": "object", "required": ["digits"], "properties": ["digits": ["type": "integer"]],
      ])
    builder.add(plugin)
    let all = ["math": [NamePattern("*")]]
    builder.add(acme, assignment(all, configurations: ["math": ["digits": 3]]), receiver: NoReceiver())
    builder.add(globex, assignment(all, configurations: ["math": ["digits": "3"]]), receiver: NoReceiver())
    builder.add(TenantID("third")!, assignment(all), receiver: NoReceiver())
    #expect(builder.problems.map(\.code) == [.configurationInvalid, .configurationInvalid])
    #expect(plugin.opened.withLock { $0 } == [#"acme {"digits":3}"#])
    #expect(builder.snapshot()[globex]?.functions.isEmpty == true)
  }

  @Test func aPluginIsNotOpenedForATenantThatMayUseNoneOfIt() {
    let plugin = FakePlugin("math", ["add"])
    builder.add(plugin)
    builder.add(acme, assignment(["math": [NamePattern("none")]]), receiver: NoReceiver())
    #expect(plugin.opened.withLock { $0 }.isEmpty)
  }

  @Test func aFunctionThatCanOnlyBeCalledInTurnHasOnePlaceWhateverTheOperatorSays() throws {
    builder.add(FakePlugin("math", ["add"], isSerial: true))
    builder.add(
      acme, assignment(["math": [NamePattern("*")]], limits: LimitPolicy(concurrency: 8)),
      receiver: NoReceiver())
    let enabled = try #require(builder.snapshot()[acme]?[add])
    #expect(enabled.limits.concurrency == 1)
    #expect(enabled.gate.enter(at: MonotonicTime(nanoseconds: 0)) == .admitted)
    #expect(enabled.gate.enter(at: MonotonicTime(nanoseconds: 0)) == .full)
  }

  @Test func theIdThatFlowsAreNamedWithIsNoPlugins() {
    builder.add(FakePlugin("flow", ["add"]))
    #expect(builder.problems.map(\.code) == [.reservedName])
    #expect(builder.snapshot().functions.isEmpty)
  }

  @Test func tenantsHaveInstancesAndLimitsOfTheirOwn() throws {
    builder.add(FakePlugin("math", ["add"]))
    for tenant in [acme, globex] {
      builder.add(
        tenant, assignment(["math": [NamePattern("*")]], limits: LimitPolicy(concurrency: 1)),
        receiver: NoReceiver())
    }
    let snapshot = builder.snapshot()
    let (first, second) = (try #require(snapshot[acme]?[add]), try #require(snapshot[globex]?[add]))
    #expect(first.backend !== second.backend)
    #expect(first.gate.enter(at: MonotonicTime(nanoseconds: 0)) == .admitted)
    #expect(second.gate.enter(at: MonotonicTime(nanoseconds: 0)) == .admitted)
    #expect((first.tenant, second.tenant) == (acme, globex))
  }
}

private struct FakePlugin: ToolSource {
  let descriptor: PluginDescriptor
  let digest = "sha256:0"
  let opening: PluginFailure?
  /// Tenant and configuration of every opening.
  let opened = Lock<[String]>([])

  init(
    _ id: String, _ functions: [String], kinds: [String: FunctionKind] = [:],
    schemas: [String: JSONValue] = [:], configuration: JSONValue? = nil, isSerial: Bool = false,
    opening: PluginFailure? = nil
  ) {
    descriptor = PluginDescriptor(
      id: id, version: "1.0.0",
      functions: functions.map {
        FunctionDescriptor(
          name: $0, kind: kinds[$0] ?? .tool, description: "",
          inputSchema: schemas[$0] ?? ["type": "object"], isSerial: isSerial)
      }, configSchema: configuration)
    self.opening = opening
  }

  func open(
    for tenant: TenantID, configuration: JSONValue, services: GrantedServices,
    receiver: any CallReceiver
  ) throws(PluginFailure) -> any ToolBackend {
    if let opening { throw opening }
    opened.withLock { $0.append("\(tenant) \(configuration.text)") }
    return ClosureBackend { _, _, _ in .ok }
  }
}

/// Nothing is called here.
private final class NoReceiver: CallReceiver {
  func complete(_ call: CallHandle, status: CallStatus, payload: UnsafeRawBufferPointer) -> CallStatus {
    .state
  }
  func emit(_ call: CallHandle, event: Int32, data: UnsafeRawBufferPointer) -> CallStatus { .state }
  func progress(_ call: CallHandle, _ progress: CallProgress) -> CallStatus { .state }
  func remainingNanoseconds(_ call: CallHandle) -> Int64 { 0 }
  func info(_ call: CallHandle) -> CallInfo? { nil }
  func attachment(
    _ call: CallHandle, byteCount: Int, fill: (UnsafeMutableRawPointer) -> Void
  ) -> UnsafeMutableRawPointer? { nil }
}
