import Glibc
import JSONCodec
import Locking
import PluginFixtures
import TestSupport
import Testing
import ToolContracts
import WorkerPlugins

/// A plugin that does what no plugin may harms nothing but its own call.
@Suite(.leavesNothingBehind) struct RoguePluginTests {
  private static let descriptor = """
    {"abi":1,"id":"rogue","version":"1.0.0","functions":[\
    {"name":"do","description":"d","inputSchema":{"type":"object"},"effect":"none"}]}
    """
  private let tenant = TenantID("acme")!
  private let receiver: CallRecorder

  init() { receiver = CallRecorder(tenant: tenant) }

  /// Built once for all of them.
  private static let fixture = Result { try PluginFixture("plugins/rogue", descriptor: descriptor) }

  private func rogue(grace: Int64 = 250_000_000) throws -> TieredPlugin {
    try TieredPlugin(Self.fixture.get(), in: .strict, grace: grace)
  }

  private func open(_ plugin: TieredPlugin, for tenant: TenantID? = nil) throws -> any ToolBackend {
    try plugin.source.open(
      for: tenant ?? self.tenant, configuration: [:], services: .none, receiver: receiver)
  }

  /// What the next call is answered: in a new worker, if the one before is gone.
  private func answer(_ backend: any ToolBackend, _ number: UInt64, _ what: String) -> CallRecorder
    .Completion?
  {
    let call = receiver.begin(number)
    let status = backend.invoke(call, function: 0, what)
    return receiver.completion(of: call) ?? .init(status: status, payload: "")
  }

  @Test(arguments: ["abort", "crash", "trap", "exit", "overflow", "close"])
  func anEndOfTheProcessEndsOneCall(how: String) throws {
    let plugin = try rogue()
    let backend = try open(plugin)
    #expect(answer(backend, 1, "")?.payload == "\"fine\"")
    #expect(answer(backend, 2, how)?.status == .crashed)
    #expect(answer(backend, 3, "")?.payload == "\"fine\"")
  }

  @Test func theOperatorReadsHowItEnded() throws {
    let plugin = try rogue()
    _ = answer(try open(plugin), 1, "crash")
    waitUntil { !plugin.log.lines.isEmpty }
    let line = try #require(plugin.log.lines.first)
    #expect(line.level == .error && line.plugin == "rogue" && line.tenant == tenant)
    #expect(line.message.hasSuffix("SIGSEGV"))
  }

  @Test(arguments: [
    "no such type", "a frame of the host", "a length that is not there", "unknown flags",
    "a log line that is no list",
    "a call that is not open", "no call", "ready again", "failed after all", "progress without numbers",
    "an impossible status", "memory of nobody", "memory for nothing", "memory for a log line",
    "a question without a number", "left out and there", "half a header", "memories without end",
  ])
  func whoBreaksTheProtocolIsEndedAndShutOut(how: String) throws {
    let plugin = try rogue()
    let backend = try open(plugin)
    #expect(answer(backend, 1, "")?.payload == "\"fine\"")
    #expect(answer(backend, 2, how)?.status == .crashed)
    #expect(answer(backend, 3, "")?.status == .quarantined)
    waitUntil { !plugin.log.lines.isEmpty }
    #expect(plugin.log.lines.map(\.level) == [.error])
    #expect(plugin.log.lines[0].message.hasPrefix("plugin_quarantined: it broke the protocol"))
    // It is this tenant's plugin that did it.
    let other = try open(plugin, for: TenantID("globex")!)
    #expect(answer(other, 4, "")?.payload == "\"fine\"")
  }

  /// A call that has a grace of its own does not get the plugin's.
  @Test(arguments: [(of: 20_000_000, own: nil), (of: 3_600_000_000_000, own: 20_000_000)])
  func aCallThatDoesNotEndIsEndedAfterItsGrace(grace: (of: Int64, own: Int64?)) throws {
    let plugin = try rogue(grace: grace.of)
    let backend = try open(plugin)
    let call = receiver.begin(1, grace: grace.own)
    begin(call, "spin", with: backend)
    #expect(receiver.waitForEvent(of: call) != nil)
    backend.cancel(call)
    #expect(receiver.waitForCompletion(of: call)?.status == .crashed)
    #expect(answer(backend, 2, "")?.payload == "\"fine\"")
    #expect(plugin.log.lines.contains { $0.message.contains("grace") })
  }

  /// Its neighbour has overstayed, and the process takes no calls any more.
  @Test func aCallInAProcessThatWillBeEndedHearsOfItsOwnCancellation() throws {
    let plugin = try rogue()
    let backend = try open(plugin)
    let (neighbour, call) = (receiver.begin(1, grace: 1_000_000), receiver.begin(2))
    begin(neighbour, "spin", with: backend)
    begin(call, "mind", with: backend)
    #expect(receiver.waitForEvent(of: neighbour) != nil && receiver.waitForEvent(of: call) != nil)
    backend.cancel(neighbour)
    waitUntil { plugin.log.lines.contains { $0.message.contains("grace") } }
    backend.cancel(call)
    #expect(receiver.waitForCompletion(of: call)?.status == .cancelled)
    #expect(receiver.waitForCompletion(of: neighbour)?.status == .crashed)
  }

  private func begin(_ call: CallHandle, _ what: String, with backend: any ToolBackend) {
    onNewThread { _ = backend.invoke(call, function: 0, what) }
  }

  @Test func oneThatCrashesAllTheTimeDisturbsNobodyElse() throws {
    let plugin = try rogue()
    let bad = try open(plugin)
    let good = try open(plugin, for: TenantID("globex")!)
    for number in UInt64(0)..<100 {
      #expect(answer(bad, 2 * number + 1, "crash")?.status == .crashed)
      #expect(answer(good, 2 * number + 2, "")?.payload == "\"fine\"")
    }
  }

  /// JACKFIELD_LONG=1 asks for it. Threads and descriptors are held flat by the suite.
  @Test(.enabled(if: getenv("JACKFIELD_LONG") != nil))
  func tenThousandCrashesLeaveNothingBehind() throws {
    let plugin = try rogue()
    let bad = try open(plugin)
    func crash(_ numbers: Range<UInt64>) {
      for number in numbers {
        let call = receiver.begin(number)
        #expect(bad.invoke(call, function: 0, "crash") == .crashed || receiver.completion(of: call) != nil)
        receiver.forget(call)
        if number % 100 == 0 { plugin.log.forgetAll() }
      }
    }
    crash(1..<1_000)
    let before = try #require(residentBytes())
    crash(1_000..<11_000)
    let after = try #require(residentBytes())
    // Of 10,000 calls, 100 bytes each would be seen.
    #expect(after - before < 1 << 20)
  }

  @Test func aLostZygoteIsMadeAgain() throws {
    let plugin = try rogue()
    let backend = try open(plugin)
    #expect(answer(backend, 1, "")?.payload == "\"fine\"")
    for zygote in zygotes() { kill(zygote, SIGKILL) }
    waitUntil { zygotes().isEmpty }
    var turns: UInt64 = 1
    waitUntil {
      turns += 1
      return answer(backend, turns, "")?.payload == "\"fine\""
    }
  }
}

private struct ProcessEntry {
  let pid: pid_t
  let state: String
  let parent: pid_t
}

/// Memory of this process.
private func residentBytes() -> Int? {
  fileText("/proc/self/status")?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }.flatMap {
    Int($0.filter(\.isNumber)).map { $0 << 10 }
  }
}

private func zygotes() -> [pid_t] {
  processes(named: "jf-zygote").filter { $0.parent == getpid() && $0.state != "Z" }.map(\.pid)
}

private func processes(named name: String) -> [ProcessEntry] {
  guard let folder = opendir("/proc") else { return [] }
  defer { closedir(folder) }
  var found: [ProcessEntry] = []
  while let entry = readdir(folder) {
    let digits = withUnsafeBytes(of: entry.pointee.d_name) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    guard let pid = pid_t(digits), let stat = fileText("/proc/\(digits)/stat"), stat.contains("(\(name))")
    else {
      continue
    }
    let words = stat[stat.index(after: stat.lastIndex(of: ")")!)...].split(separator: " ")
    found.append(ProcessEntry(pid: pid, state: String(words[0]), parent: pid_t(words[1]) ?? 0))
  }
  return found
}
