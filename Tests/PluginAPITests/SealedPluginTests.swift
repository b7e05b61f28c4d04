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
            == .init(status: JF_OK, payload: #"{"text":"12","value":12}"#))
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

  @Test(arguments: ["calc", "clock", "add", "slow"])
  func aPluginExportsOneSymbolAndItsSectionSaysWhatItsTableSays(id: String) async throws {
    struct Declared: Decodable {
      struct Function: Decodable { let name: String; let mayPend: Bool? }
      let id: String
      let functions: [Function]
    }
    try await Shell.withFolder { folder in
      let source = Shell.repository + "/Tests/Fixtures/plugins/\(id.capitalized)/descriptor.json"
      let given = FileManager.default.fileExists(atPath: source) ? source : nil
      let sealed = try Shell.seal(id, in: folder, descriptor: given)
      #expect(try Shell.exportedSymbols(of: sealed) == ["jackfield_plugin_v1"])
      let text = try Shell.descriptor(of: sealed, in: folder)
      let declared = try JSONDecoder().decode(Declared.self, from: Data(text.utf8))
      let table = try loadPlugin(sealed).pointee
      #expect(declared.id == id && table.id.string == id)
      #expect(table.descriptor.len == 0 || table.descriptor.string == text)
      try #require(declared.functions.count == Int(table.function_count))
      for (index, function) in declared.functions.enumerated() {
        #expect(table.functions[index].name.string == function.name)
        #expect(
          (table.functions[index].flags & UInt32(JF_FUNCTION_MAY_PEND) != 0) == (function.mayPend ?? false))
      }
    }
  }

  @Test(
    arguments: [
      (#"{"a":1,"b":2}"#, JF_OK, #"{"sum":3}"#), (#"{ "b" : -20 , "a" : 5 }"#, JF_OK, #"{"sum":-15}"#),
      (#"{"a":999999999999999,"b":999999999999999}"#, JF_OK, #"{"sum":1999999999999998}"#),
      (#"{"a":0,"b":-0}"#, JF_OK, #"{"sum":0}"#), (#"{"a":1.5,"b":2}"#, JF_OK, #"{"sum":3.5}"#),
      (#"{"a":1e3,"b":-1}"#, JF_OK, #"{"sum":999}"#),
      (#"{"a":12345678901234567890,"b":0}"#, JF_OK, #"{"sum":12345678901234567000}"#),
      (#"{"a":1e308,"b":1e308}"#, JF_E_TOOL, "the sum is too large"),
    ] as [(String, Int, String)])
  func theFastestPluginAdds(arguments: String, status: Int, result: String) async throws {
    let plugin = try loadPlugin(Shell.products + "/libadd.so")
    try await TestHost().with(plugin) { add in
      let outcome = await add.call("add", arguments)
      #expect(outcome.status == status)
      if status == JF_OK {
        let sums = try [outcome.payload, result].map {
          try JSONDecoder().decode([String: Double].self, from: Data($0.utf8))
        }
        #expect(sums[0] == sums[1])
      } else {
        #expect(outcome.payload == result)
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
