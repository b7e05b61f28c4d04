import FoundationEssentials
import PluginABI
import Synchronization
import Testing

@testable import JackfieldPluginSDK

/// The plugins as they are shipped: built, sealed, loaded from the file, called through C.
@Suite struct SealedPluginTests {
  @Test func theCalculatorComputesFromItsSealedFile() async throws {
    try await Shell.withFolder { folder in
      let plugin = try loadPlugin(Shell.seal("calc", in: folder))
      try await TestHost().with(plugin) { calc in
        #expect(
          await calc.call("evaluate", #"{"expression":"(1 + 2) * 4"}"#, as: 1)
            == .init(status: JF_OK, payload: #"{"value":12,"text":"12"}"#))
        #expect(
          await calc.call("evaluate", #"{"expression":"1 / 0"}"#, as: 2)
            == .init(status: JF_E_TOOL, payload: "division by zero at column 3"))
        #expect(
          await calc.call("evaluate", #"{"expression":"sqr(4)"}"#, as: 3)
            == .init(status: JF_E_TOOL, payload: #"unknown name "sqr" at column 1; did you mean "sqrt"?"#))
      }
    }
  }

  @Test func theClockTellsTheTimeFromItsSealedFile() async throws {
    struct Answer: Decodable { var unixSeconds: Int64 }
    try await Shell.withFolder { folder in
      let plugin = try loadPlugin(Shell.seal("clock", in: folder))
      try await TestHost().with(plugin) { clock in
        let before = Int64(Date().timeIntervalSince1970)
        let outcome = await clock.call("now", "{}")
        let now = try JSONDecoder().decode(Answer.self, from: Data(outcome.payload.utf8)).unixSeconds
        #expect((before...Int64(Date().timeIntervalSince1970)).contains(now))
        let unknown = await clock.call("now", #"{"timezone":"Europe/Brelin"}"#, as: 2)
        #expect(unknown.status == JF_E_TOOL)
      }
    }
  }

  @Test(arguments: try PluginFolder.all())
  func aPluginExportsOneSymbolAndItsSectionSaysWhatItsTableSays(folder: PluginFolder) async throws {
    struct Declared: Decodable {
      struct Function: Decodable {
        let name: String
        let mayPend: Bool?
      }
      let id: String
      let functions: [Function]
    }
    try await Shell.withFolder { temporary in
      let sealed = try Shell.seal(folder.id, in: temporary, descriptor: folder.descriptor)
      #expect(try Shell.exportedSymbols(of: sealed) == ["jackfield_plugin_v1"])
      let text = try Shell.descriptor(of: sealed, in: temporary)
      let declared = try JSONDecoder().decode(Declared.self, from: Data(text.utf8))
      let table = try loadPlugin(sealed).pointee
      #expect(declared.id == folder.id && table.id.string == folder.id)
      #expect(table.descriptor.len == 0 || table.descriptor.string == text)
      try #require(declared.functions.count == Int(table.function_count))
      for (index, function) in declared.functions.enumerated() {
        #expect(table.functions[index].name.string == function.name)
        #expect(
          (table.functions[index].flags & UInt32(JF_FUNCTION_MAY_PEND) != 0) == (function.mayPend ?? false))
      }
    }
  }

  @Test(arguments: [
    "", "{}", #"{"a":1}"#, #"{"a":"1","b":2}"#, #"{"c":1,"a":2,"b":3}"#, #"{"a":1,"b":"#, "[1,2]", #"{"a""#,
  ])
  func theFastestPluginRefusesWhatItsSchemaWouldHaveRefused(arguments: String) async throws {
    let plugin = try loadPlugin(Shell.products + "/libadd.so")
    try await TestHost().with(plugin) { add in
      #expect(add.invoke(1, "add", arguments) == JF_E_ARGUMENT)
    }
  }
}

/// A plugin of the repository, by the convention that `scripts/build` follows.
struct PluginFolder: Sendable, CustomTestStringConvertible {
  let path: String

  static func all() throws -> [PluginFolder] {
    try ["Plugins", "Tests/Fixtures/plugins"].flatMap { parent in
      let root = Shell.repository + "/" + parent
      let names = try FileManager.default.contentsOfDirectory(atPath: root).sorted().filter {
        !$0.contains(".")
      }
      return names.map { PluginFolder(path: root + "/" + $0) }
    }
  }

  var id: String { path.split(separator: "/").last.map { $0.lowercased() } ?? "" }
  var testDescription: String { id }

  /// The one that was written by hand; nil where the plugin has its own.
  var descriptor: String? {
    let file = path + "/descriptor.json"
    return FileManager.default.fileExists(atPath: file) ? file : nil
  }
}
