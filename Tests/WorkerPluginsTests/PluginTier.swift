import NativePlugins
import PluginFixtures
import Testing
import ToolContracts
import WorkerPlugins

/// Where one and the same plugin can run.
enum PluginTier: String, CaseIterable, CustomTestStringConvertible {
  case inProcess = "in the host's process"
  case standard = "in a worker, standard"
  case strict = "in a worker, strict"

  var testDescription: String { rawValue }
  var level: Confinement.Level? {
    switch self {
    case .inProcess: nil
    case .standard: .standard
    case .strict: .strict
    }
  }
}

/// A sandbox as the host makes one; stopped, with all of its processes, when it is forgotten.
final class TestSandbox: Sendable {
  let sandbox: Sandbox

  init() throws {
    sandbox = try #require(Sandbox(program: PluginFixture.worker))
  }

  deinit { sandbox.stop() }
}

/// One plugin of the tests, in one tier.
struct TieredPlugin {
  let source: any ToolSource
  let log = LogRecorder()
  private let sandbox: TestSandbox?

  init(
    _ fixture: PluginFixture, in tier: PluginTier, grace: Int64 = 250_000_000,
    confined: Confinement = Confinement()
  ) throws {
    let log = log
    guard let level = tier.level else {
      sandbox = nil
      source = try fixture.load(with: .forTests(log: { log.write($0) }))
      return
    }
    let made = try TestSandbox()
    var confinement = confined
    confinement.level = level
    sandbox = made
    source = try withExtendedLifetime(fixture) {
      try WorkerPlugin(
        fixture.path, confinement: confinement, graceNanoseconds: grace, in: made.sandbox,
        log: { log.write($0) })
    }
  }
}
