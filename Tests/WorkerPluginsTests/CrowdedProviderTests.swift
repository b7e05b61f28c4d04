import JSONCodec
import PluginFixtures
import TestSupport
import Testing
import ToolContracts
import WorkerPlugins

/// Models are waited for, by many at a time.
@Suite(.leavesNothingBehind) struct CrowdedProviderTests {
  private static let descriptor = """
    {"abi":1,"id":"crowd","version":"1.0.0","functions":[\
    {"name":"chat","kind":"chat","description":"d","effect":"none"}]}
    """
  private static let crowd: UInt64 = 240

  /// None of them is answered before all of them are inside; then all of them have more to say than a packet holds.
  @Test(arguments: [PluginTier.standard, .strict])
  func hundredsOfCallsRunAtATimeWithoutAThreadOfTheHost(tier: PluginTier) throws {
    let fixture = try PluginFixture(
      "plugins/crowd", macros: ["CROWD=\(Self.crowd)"], descriptor: Self.descriptor)
    let plugin = try TieredPlugin(fixture, in: tier)
    let tenant = TenantID("acme")!
    let receiver = CallRecorder(tenant: tenant)
    let backend = try plugin.source.open(
      for: tenant, configuration: [:], services: .none, receiver: receiver)
    let calls = (1...Self.crowd).map { receiver.begin($0) }
    for call in calls {
      #expect(backend.invoke(call, function: 0, "\(call.rawValue)") == .pending)
    }
    for call in calls {
      let completion = receiver.waitForCompletion(of: call)
      #expect(completion?.status == .ok)
      #expect(completion?.payload.utf8.count == 100_000)
      #expect(completion?.payload.hasPrefix("\(call.rawValue) ") == true)
    }
  }
}
