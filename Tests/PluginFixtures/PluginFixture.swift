import Glibc
package import NativePlugins
package import ToolContracts

/// Plugins built by the tests themselves, each in a folder of its own that goes when the fixture does.
package final class PluginFixture: Sendable {
  package let path: String
  private let folder: String

  /// What Tests/Fixtures/bad-plugins/good.c does.
  package static let descriptor = """
    {"abi":1,"id":"fixture","version":"1.0.0","functions":[\
    {"name":"first","description":"First.","inputSchema":{"type":"object"},"effect":"none"},\
    {"name":"second","description":"Second.","inputSchema":{"type":"object"},"effect":"idempotent","mayPend":true}]}
    """

  /// - Parameters:
  ///   - source: below Tests/Fixtures, without `.c`; nil for a fixture that is no plugin until a test writes one.
  ///   - descriptor: nil leaves the section out.
  package init(_ source: String?, macros: [String] = [], descriptor: String? = PluginFixture.descriptor)
    throws
  {
    folder = try Self.makeFolder()
    path = folder + "/plugin.so"
    guard let source else { return }
    try Self.run(
      ["cc", "-std=c11", "-D_GNU_SOURCE", "-shared", "-fPIC", "-fvisibility=hidden", "-pthread"]
        + ["-I\(Self.package)/PluginAPI/include", "-I\(Self.package)/sandbox/wire/include"]
        + macros.map { "-D\($0)" }
        + ["\(Self.package)/Tests/Fixtures/\(source).c", "-o", path])
    guard let descriptor else { return }
    try Self.write(Array(descriptor.utf8), to: folder + "/descriptor.json")
    try Self.run(["objcopy", "--add-section", ".jackfield.desc=\(folder)/descriptor.json", path])
  }

  deinit {
    for name in ["plugin.so", "descriptor.json"] { unlink(folder + "/" + name) }
    rmdir(folder)
  }

  package var bytes: [UInt8] {
    get throws {
      guard let bytes = fileBytes(path) else { throw BuildFailure(command: "read \(path)", status: errno) }
      return bytes
    }
  }

  /// The file is there for as long as this takes, and not a moment longer.
  package func load(with loader: PluginLoader = .forTests()) throws(PluginFailure) -> NativePlugin {
    try withExtendedLifetime(self) { () throws(PluginFailure) in try loader.load(path) }
  }

  package func overwrite(with bytes: [UInt8]) throws { try Self.write(bytes, to: path) }

  package static let package = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    .joined(separator: "/")

  /// Where the programs are that were built together with the tests.
  private static let products: String = {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = max(0, readlink("/proc/self/exe", &buffer, buffer.count))
    let program = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    return program.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
  }()
  package static let probe = "\(products)/jackfield-probe"
  package static let worker = "\(products)/jackfield-worker"

  package static func makeFolder() throws -> String {
    var template = Array("/tmp/jackfield-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw BuildFailure(command: "mkdtemp", status: errno) }
    return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  package struct BuildFailure: Error {
    let command: String
    let status: Int32
  }

  private static func write(_ bytes: [UInt8], to path: String) throws {
    guard let file = fopen(path, "wb") else { throw BuildFailure(command: "write \(path)", status: errno) }
    defer { fclose(file) }
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else {
      throw BuildFailure(command: "write \(path)", status: errno)
    }
  }

  private static func run(_ command: [String]) throws {
    var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var pid: pid_t = 0
    var status = posix_spawnp(&pid, command[0], nil, nil, &arguments, environ)
    if status == 0 { waitpid(pid, &status, 0) }
    guard status == 0 else { throw BuildFailure(command: command.joined(separator: " "), status: status) }
  }
}

extension PluginLoader {
  package static func forTests(
    cache: String? = nil, patience: Int64 = 20_000_000_000, log: @escaping PluginLog = { _ in }
  ) -> PluginLoader {
    PluginLoader(probe: PluginFixture.probe, cache: cache, patience: patience, log: log)
  }
}
