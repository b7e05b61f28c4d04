import Foundation
import PluginABI
import Testing

/// What is promised of the binary interface, by every compiler that is here.
struct ABIGoldenTests {
  private static let strict = ["-Wall", "-Wextra", "-Werror", "-pedantic", "-I", Shell.header]
  private static let goldenFile = Shell.repository + "/Tests/Golden/abi-1.1.txt"

  @Test(arguments: Shell.installed("cc", "gcc", "clang"))
  func everyOffsetSizeAndValueIsThatOfTheNewestVersion(compiler: String) async throws {
    try await Shell.withFolder { folder in
      let program = folder + "/abi_print"
      let built = try Shell.run(
        [compiler, "-std=c11"] + Self.strict + ["Tests/Golden/abi_print.c", "-o", program])
      try #require(built.status == 0, "\(built.output)")
      #expect(try Shell.run([program]).output == String(contentsOfFile: Self.goldenFile, encoding: .utf8))
    }
  }

  @Test(arguments: [
    ("c", "cc"), ("c", "gcc"), ("c", "clang"), ("c++", "c++"), ("c++", "g++"), ("c++", "clang++"),
  ])
  func theHeaderCompilesWithoutAWarning(language: String, compiler: String) async throws {
    guard !Shell.installed(compiler).isEmpty else { return }
    try await Shell.withFolder { folder in
      let source = folder + "/user.source"
      try """
      #include <jackfield/plugin.h>
      int has_cancel(const jf_plugin *plugin);
      int has_cancel(const jf_plugin *plugin) { return JF_HAS(plugin, cancel) ? 1 : 0; }
      """.write(toFile: source, atomically: true, encoding: .utf8)
      let standard = language == "c" ? "-std=c11" : "-std=c++17"
      let outcome = try Shell.run(
        [compiler, "-x", language, standard, "-fsyntax-only"] + Self.strict + [source])
      #expect(outcome.status == 0, "\(outcome.output)")
    }
  }

  @Test func atLeastOneCompilerOfEachLanguageWasAsked() {
    #expect(!Shell.installed("cc", "gcc", "clang").isEmpty)
    #expect(!Shell.installed("c++", "g++", "clang++").isEmpty)
  }

  @Test func everyNameOfTheHeaderIsInTheGoldenFile() throws {
    let header = try String(contentsOfFile: Shell.header + "/jackfield/plugin.h", encoding: .utf8)
    let golden = try String(contentsOfFile: Self.goldenFile, encoding: .utf8)
    let values = header.matches(of: /(?m)^ +(?:enum \{ )?(JF_[A-Z_]+) =|[{,] (JF_[A-Z_]+) =/).compactMap {
      $0.1 ?? $0.2
    }
    #expect(values.count == 35)
    for name in values { #expect(golden.contains("\(name) = "), "\(name)") }
    // Fields that follow each other without a gap up to the end of their struct leave no room for one that is missing.
    for type in [
      "jf_bytes", "jf_call_info", "jf_host", "jf_service_config", "jf_function", "jf_open_info", "jf_plugin",
      "jf_service_kv", "jf_service_http", "jf_service_call", "jf_service_ask",
    ] {
      let size = try #require(golden.firstMatch(of: Regex("(?m)^\(type) size (\\d+)")))[1].substring.flatMap {
        Int($0)
      }
      var end = 0
      for field in golden.matches(of: try Regex("(?m)^\(type)\\.\\w+ at (\\d+) size (\\d+)$")) {
        #expect(field[1].substring.flatMap { Int($0) } == end, "\(type)")
        end += try #require(field[2].substring.flatMap { Int($0) })
      }
      #expect(end == size, "\(type)")
    }
  }

  @Test func swiftSeesTheSameLayout() {
    #expect(MemoryLayout<jf_host>.size == 72 && MemoryLayout<jf_plugin>.size == 128)
    #expect(MemoryLayout<jf_function>.stride == 32 && MemoryLayout<jf_call_info>.size == 56)
    #expect(MemoryLayout<jf_host>.offset(of: \.remaining_ns) == 56)
    #expect(MemoryLayout<jf_plugin>.offset(of: \.descriptor) == 64)
    #expect(MemoryLayout<jf_function>.offset(of: \.name) == 16)
  }

  @Test(arguments: [
    ("int32_t kind; ", "int32_t effect; "), ("uint32_t abi_built; ", "jf_bytes version; "),
    ("jf_bytes tenant; ", "jf_bytes run; "), ("void *context; ", "uint32_t abi; "),
    ("uint32_t function_count;", "uint32_t function_stride; "),
  ])
  func aHeaderWithTwoFieldsSwappedDoesNotCompile(first: String, second: String) async throws {
    try await expectNoCompilation(naming: "moved") { header in
      let place = try #require(header.range(of: first))
      let other = try #require(
        header.range(of: second, range: place.upperBound..<header.endIndex)
          ?? header.range(of: second))
      let (early, late) = place.lowerBound < other.lowerBound ? (place, other) : (other, place)
      let (earlyText, lateText) = (String(header[early]), String(header[late]))
      header.replaceSubrange(late, with: earlyText)
      header.replaceSubrange(early, with: lateText)
    }
  }

  @Test(arguments: [
    ("  int32_t kind;", "  int32_t inserted;\n  int32_t kind;"),
    ("  uint32_t attempt;", "  uint64_t attempt;"),
    (
      "  void (*cancel)(void *instance, jf_call call);",
      "  void (*cancel)(void *instance, jf_call call);\n  void *more;"
    ),
    ("  jf_bytes descriptor;", ""),
  ])
  func aHeaderWithAFieldInsertedWidenedOrRemovedDoesNotCompile(text: String, replacement: String) async throws
  {
    try await expectNoCompilation(naming: "") { header in
      let place = try #require(header.range(of: text))
      header.replaceSubrange(place, with: replacement)
    }
  }

  private func expectNoCompilation(naming word: String, _ change: (inout String) throws -> Void) async throws
  {
    try await Shell.withFolder { folder in
      let check = [
        "cc", "-std=c11", "-fsyntax-only", "-I", folder, Shell.repository + "/PluginAPI/abi_check.c",
      ]
      var header = try String(contentsOfFile: Shell.header + "/jackfield/plugin.h", encoding: .utf8)
      try FileManager.default.createDirectory(
        atPath: folder + "/jackfield", withIntermediateDirectories: true)
      try header.write(toFile: folder + "/jackfield/plugin.h", atomically: true, encoding: .utf8)
      try #require(Shell.run(check).status == 0, "the copy itself does not compile")
      try change(&header)
      try header.write(toFile: folder + "/jackfield/plugin.h", atomically: true, encoding: .utf8)
      let outcome = try Shell.run(check)
      #expect(outcome.status != 0)
      #expect(word.isEmpty || outcome.output.contains(word), "\(outcome.output)")
    }
  }
}
