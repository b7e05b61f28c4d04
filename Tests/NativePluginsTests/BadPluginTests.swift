import Glibc
import NativePlugins
import PluginFixtures
import TestSupport
import Testing
import ToolContracts

/// Files that are no good plugin, each for one reason. Each is one failure with its code, and the host goes on.
@Suite(.leavesNothingBehind) struct BadPluginTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var source = "good"
    var macros: [String] = []
    var descriptor: String? = PluginFixture.descriptor
    var code: PluginFailure.Code
    /// What the message must say, so that it names the cause.
    var says: String
    var testDescription: String { name }
  }

  private static let good = PluginFixture.descriptor

  static let refusals: [Case] = [
    Case(name: "without a section", descriptor: nil, code: .notAPlugin, says: ".jackfield.desc"),
    Case(
      name: "without an entry", macros: ["ENTRY=another_symbol"], code: .loadFailed,
      says: "jackfield_plugin_v1"),
    Case(
      name: "entry answers null", macros: ["OFFERED=NULL"], code: .incompatible, says: "refused this host"),
    Case(name: "unresolved symbol", source: "unresolved", code: .loadFailed, says: "open_elsewhere"),
    Case(
      name: "needs a newer host", macros: ["ABI_BUILT=JF_ABI(1,9)", "ABI_OLDEST=JF_ABI(1,9)"],
      code: .incompatible,
      says: "needs ABI 1.9"),
    Case(
      name: "for another major", macros: ["ABI_BUILT=JF_ABI(2,0)", "ABI_OLDEST=JF_ABI(2,0)"],
      code: .incompatible,
      says: "built for ABI 2.0"),
    Case(name: "tiny table", macros: ["TABLE_SIZE=8"], code: .loadFailed, says: "8 bytes"),
    Case(name: "giant table", macros: ["TABLE_SIZE=1000000"], code: .loadFailed, says: "1000000 bytes"),
    Case(name: "short stride", macros: ["STRIDE=8"], code: .loadFailed, says: "stride of 8"),
    Case(name: "odd stride", macros: ["STRIDE=33"], code: .loadFailed, says: "stride of 33"),
    Case(name: "long stride", macros: ["STRIDE=40"], code: .loadFailed, says: "function 1"),
    Case(name: "no functions", macros: ["FUNCTION_COUNT=0"], code: .loadFailed, says: "0 functions"),
    Case(
      name: "too many functions", macros: ["FUNCTION_COUNT=1000000"], code: .loadFailed,
      says: "1000000 functions"),
    Case(
      name: "name with a space", macros: ["FIRST_NAME=\"a b\""], code: .loadFailed, says: "name of function 0"
    ),
    Case(
      name: "name that is no UTF-8", macros: ["FIRST_NAME=\"\\xff\""], code: .loadFailed,
      says: "name of function 0"),
    Case(
      name: "the same name twice", macros: ["FIRST_NAME=\"second\""], code: .loadFailed, says: "same name"),
    Case(
      name: "unknown mandatory flag", macros: ["TABLE_FLAGS=0x10000"], code: .incompatible, says: "0x10000"),
    Case(
      name: "unknown function flag", macros: ["FUNCTION_FLAGS=0x20000"], code: .incompatible, says: "0x20000"),
    Case(name: "null open", macros: ["OPEN=NULL"], code: .loadFailed, says: "open, close or invoke is null"),
    Case(
      name: "constructor that aborts", source: "constructor-aborts", code: .crashed,
      says: "while it was loaded"),
    Case(name: "constructor that crashes", source: "constructor-crashes", code: .crashed, says: "SIGSEGV"),
    Case(name: "constructor that exits", source: "constructor-exits", code: .crashed, says: "with status 0"),
    Case(
      name: "constructor that writes a report", source: "constructor-writes-a-report", code: .loadFailed,
      says: "nonsense"),
    Case(name: "entry that crashes", source: "entry-crashes", code: .crashed, says: "in its entry function"),
    Case(
      name: "table that points nowhere", source: "table-points-nowhere", code: .crashed,
      says: "function table was read"),
    Case(
      name: "lies about its id", descriptor: good.replacing("\"fixture\"", with: "\"trusted\""),
      code: .descriptorMismatch, says: "id trusted"),
    Case(
      name: "lies about its version", descriptor: good.replacing("1.0.0", with: "1.0.1"),
      code: .descriptorMismatch,
      says: "version 1.0.1"),
    Case(
      name: "lies about a name", descriptor: good.replacing("\"first\"", with: "\"worst\""),
      code: .descriptorMismatch,
      says: "function 0 is worst"),
    Case(
      name: "lies about a kind",
      descriptor: good.replacing(
        #""description":"First.","inputSchema":{"type":"object"}"#,
        with: #""kind":"chat","description":"First.""#),
      code: .descriptorMismatch, says: "kind chat"),
    Case(
      name: "has a misspelt kind",
      descriptor: good.replacing("\"name\":\"first\"", with: "\"name\":\"first\",\"kind\":\"tol\""),
      code: .descriptorMismatch, says: "kind tol"),
    Case(
      name: "lies about an effect", descriptor: good.replacing("\"idempotent\"", with: "\"none\""),
      code: .descriptorMismatch, says: "effect none"),
    Case(
      name: "lies about pending", descriptor: good.replacing("\"mayPend\":true", with: "\"mayPend\":false"),
      code: .descriptorMismatch, says: "mayPend false"),
    Case(
      name: "lies about serial calls",
      descriptor: good.replacing("\"mayPend\":true", with: "\"mayPend\":true,\"serial\":true"),
      code: .descriptorMismatch, says: "serial true"),
    Case(
      name: "lies about the count", macros: ["FUNCTION_COUNT=1"], code: .descriptorMismatch,
      says: "2 functions"),
    Case(
      name: "carries another descriptor", macros: ["CARRIED=\"{}\""], code: .descriptorMismatch,
      says: "not the one in the file"),
    Case(
      name: "descriptor that is not JSON", descriptor: "{\"abi\":1,", code: .descriptorInvalid,
      says: "not JSON"),
    Case(name: "empty descriptor", descriptor: "", code: .descriptorInvalid, says: "not JSON"),
    Case(
      name: "descriptor with a key twice",
      descriptor: good.replacing("\"abi\":1", with: "\"abi\":1,\"abi\":1"),
      code: .descriptorInvalid, says: "key that this object already has"),
    Case(
      name: "descriptor that is too large", descriptor: good + String(repeating: " ", count: 1 << 20),
      code: .descriptorInvalid, says: "1 MiB"),
    Case(
      name: "schema of another type",
      descriptor: good.replacing(
        "\"inputSchema\":{\"type\":\"object\"},\"effect\":\"none\"",
        with: "\"inputSchema\":{\"type\":\"string\"}"),
      code: .descriptorInvalid, says: "/functions/0/inputSchema"),
    Case(
      name: "descriptor for another ABI", descriptor: good.replacing("\"abi\":1", with: "\"abi\":2"),
      code: .incompatible, says: "plugin ABI 2"),
  ]

  @Test(arguments: refusals) func isRefusedWithItsCodeAndItsCause(_ expected: Case) throws {
    let fixture = try PluginFixture(
      "bad-plugins/" + expected.source, macros: expected.macros, descriptor: expected.descriptor)
    let failure = try #require(failureOfLoading(fixture.path))
    #expect(failure.code == expected.code, "\(failure)")
    #expect(failure.message.contains(expected.says), "\(failure)")
    #expect(failure.message.hasPrefix(fixture.path))
  }

  @Test func theOneThatTheyAllDifferFromLoads() throws {
    let plugin = try PluginFixture("bad-plugins/good").load()
    #expect(plugin.descriptor.functions.map(\.name) == ["first", "second"])
    #expect(plugin.digest.hasPrefix("sha256:") && plugin.digest.utf8.count == 71)
  }

  @Test func aConstructorThatHangsIsKilledWhenPatienceEnds() throws {
    let fixture = try PluginFixture("bad-plugins/constructor-hangs")
    let failure = try #require(
      failureOfLoading(fixture.path, loader: PluginLoader.forTests(patience: 200_000_000)))
    #expect(failure.code == .crashed)
    #expect(failure.message.contains("within 200 ms"))
  }

  /// Within the patience, although the child holds the report's pipe open; and without leaving it behind.
  @Test func whatAConstructorStartedDiesWithTheProbe() throws {
    let fixture = try PluginFixture("bad-plugins/constructor-leaves-a-child")
    let failure = try #require(failureOfLoading(fixture.path))
    #expect(failure.code == .crashed)
    #expect(failure.message.contains("with status 3"))
    let deadline = SystemTime().now().advanced(by: 10_000_000_000)
    while isRunning("jf-left-behind"), SystemTime().now() < deadline { sched_yield() }
    #expect(!isRunning("jf-left-behind"))
  }

  @Test func anythingThatIsNoRegularFileIsUnreadable() throws {
    let folder = try PluginFixture.makeFolder()
    defer { rmdir(folder) }
    #expect(failureOfLoading(folder)?.code == .unreadable)
    #expect(failureOfLoading(folder + "/missing.so")?.code == .unreadable)
    #expect(failureOfLoading("/dev/null")?.code == .unreadable)
    let pipe = folder + "/pipe"
    mkfifo(pipe, 0o600)
    defer { unlink(pipe) }
    #expect(failureOfLoading(pipe)?.code == .unreadable)
  }

  @Test func textAndScriptsAreNoPlugins() throws {
    let fixture = try PluginFixture(nil)
    for text in ["", "\u{7f}EL", "#!/bin/sh\nexit 0\n"] {
      try fixture.overwrite(with: Array(text.utf8))
      #expect(failureOfLoading(fixture.path)?.code == .notAPlugin)
    }
  }

  @Test func aTruncatedPluginIsCalledThat() throws {
    let fixture = try PluginFixture("bad-plugins/good")
    let bytes = try fixture.bytes
    for count in [63, bytes.count / 2, bytes.count - 1] {
      try fixture.overwrite(with: Array(bytes[..<count]))
      #expect(failureOfLoading(fixture.path)?.code == .truncated)
    }
  }

  @Test func otherMachinesAndOtherKindsOfELFAreTold() throws {
    let fixture = try PluginFixture("bad-plugins/good")
    let bytes = try fixture.bytes
    for (offset, value, code) in [
      (18, 0xf3, PluginFailure.Code.wrongArchitecture),  // RISC-V
      (4, 1, .wrongArchitecture),  // 32 bits
      (5, 2, .wrongArchitecture),  // big-endian
      (16, 1, .notAPlugin),  // an object file
    ] as [(Int, UInt8, PluginFailure.Code)] {
      var patched = bytes
      patched[offset] = value
      try fixture.overwrite(with: patched)
      #expect(failureOfLoading(fixture.path)?.code == code)
    }
  }

  @Test func aLibraryThatIsMissingIsNamed() throws {
    let fixture = try PluginFixture("bad-plugins/constructor-exits")  // the one that needs a library at all
    let (needed, missing) = (Array("libc.so.6".utf8), Array("libz.so.9".utf8))
    var bytes = try fixture.bytes
    let place = bytes.firstRange(of: needed)
    bytes.replaceSubrange(try #require(place), with: missing)
    try fixture.overwrite(with: bytes)
    let failure = try #require(failureOfLoading(fixture.path))
    #expect(failure.code == .loadFailed)
    #expect(failure.message.contains("libz.so.9: cannot open"))
    #expect(failure.message.contains("not in $ORIGIN"))
  }

  @Test func aMissingProbeRefusesInsteadOfLoadingUnchecked() throws {
    let fixture = try PluginFixture("bad-plugins/good", macros: ["FUNCTION_FLAGS=4"])
    let loader = PluginLoader(probe: "/nonexistent/jackfield-probe", cache: nil, log: { _ in })
    let failure = try #require(failureOfLoading(fixture.path, loader: loader))
    #expect(failure.code == .loadFailed)
    #expect(failure.message.contains("/nonexistent/jackfield-probe"))
  }

  @Test func aDescriptorIsReadWithoutRunningThePlugin() throws {
    let fixture = try PluginFixture("bad-plugins/constructor-aborts")
    #expect(try PluginLoader.readDescriptor(of: fixture.path).id == "fixture")
  }

  @Test func examiningLoadsNothingHere() throws {
    let fixture = try PluginFixture(
      "bad-plugins/good", macros: ["ID=\"examined\""],
      descriptor: PluginFixture.descriptor.replacing("\"fixture\"", with: "\"examined\""))
    try PluginLoader.forTests().examine(fixture.path)
    #expect(fileText("/proc/self/maps")?.contains("jackfield-plugin:examined") == false)
    _ = try fixture.load()
    #expect(fileText("/proc/self/maps")?.contains("jackfield-plugin:examined") == true)
  }

  @Test func failuresLeaveNoDescriptorOpen() throws {
    let fixtures = try ["constructor-aborts", "unresolved", "good"].map {
      try PluginFixture(
        "bad-plugins/" + $0, descriptor: PluginFixture.descriptor.replacing("1.0.0", with: "2.0.0"))
    }
    let before = openDescriptors()
    for _ in 0..<40 { for fixture in fixtures { #expect(failureOfLoading(fixture.path) != nil) } }
    // Other tests run meanwhile; one descriptor a failure would be 120.
    #expect(openDescriptors() < before + 60)
  }

  @Test func loadingTheSameFileAgainCostsNoDescriptor() throws {
    let fixture = try PluginFixture("bad-plugins/good", macros: ["FUNCTION_FLAGS=8"])
    let loader = PluginLoader.forTests()
    _ = try loader.load(fixture.path)
    let before = openDescriptors()
    for _ in 0..<100 { _ = try loader.load(fixture.path) }
    #expect(openDescriptors() < before + 60)
  }

  private func failureOfLoading(_ path: String, loader: PluginLoader = .forTests()) -> PluginFailure? {
    do throws(PluginFailure) {
      _ = try loader.load(path)
      return nil
    } catch {
      return error
    }
  }

  /// Whether any process of that name is there and not dead already.
  private func isRunning(_ name: String) -> Bool {
    guard let folder = opendir("/proc") else { return false }
    defer { closedir(folder) }
    while let entry = readdir(folder) {
      let pid = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard Int(pid) != nil, let status = fileText("/proc/\(pid)/stat") else { continue }
      if status.contains("(\(name))"), !status.contains("(\(name)) Z") { return true }
    }
    return false
  }

  private func openDescriptors() -> Int {
    guard let folder = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    return count
  }
}
