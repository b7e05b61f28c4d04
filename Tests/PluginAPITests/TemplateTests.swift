import Foundation
import PluginABI
import Testing

/// The template builds with the commands that its README gives, as a stranger would run them.
struct TemplateTests {
  @Test(arguments: [("In C", "Hello from C!"), ("In Swift", "Hello from Swift!")])
  func theTemplateBuildsAndAnswers(heading: String, greeting: String) async throws {
    try await Shell.withFolder { folder in
      // A copy: what is built must not end up in the repository.
      let copy = folder + "/PluginAPI"
      try FileManager.default.copyItem(atPath: Shell.repository + "/PluginAPI", toPath: copy)
      let commands = try commands(under: heading)
      try #require(commands.count == 2)
      for command in commands {
        let outcome = try Shell.run(
          ["sh", "-c", command], in: copy + "/template",
          environment: ["JACKFIELD_PROBE": Shell.products + "/jackfield-probe"])
        try #require(outcome.status == 0, "\(command): \(outcome.output)")
      }
      let library = copy + "/template/hello.so"
      #expect(try Shell.exportedSymbols(of: library) == ["jackfield_plugin_v1"])
      #expect(try Shell.descriptor(of: library, in: folder).contains(#""greet""#))
      try await TestHost().with(loadPlugin(library)) { hello in
        #expect(await hello.call("greet", "{}") == .init(status: JF_OK, payload: #"{"text":"\#(greeting)"}"#))
      }
    }
  }

  /// The indented lines of one section of the README.
  private func commands(under heading: String) throws -> [String] {
    let readme = try String(
      contentsOfFile: Shell.repository + "/PluginAPI/template/README.md", encoding: .utf8)
    let section = try #require(
      readme.components(separatedBy: "## \(heading)\n").last?.components(separatedBy: "\n## ").first)
    return section.components(separatedBy: "\n").filter { $0.hasPrefix("    ") }.map {
      String($0.dropFirst(4))
    }
  }
}
