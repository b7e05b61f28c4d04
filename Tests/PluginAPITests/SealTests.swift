import Foundation
import PluginABI
import Testing

struct SealTests {
  private let seal = Shell.repository + "/PluginAPI/seal"
  private let add = Shell.products + "/libadd.so"

  @Test func aDescriptorGoesIntoTheFileAsItIs() async throws {
    try await Shell.withFolder { folder in
      let descriptor = Shell.repository + "/Tests/Fixtures/plugins/Add/descriptor.json"
      let sealed = try Shell.seal("add", in: folder, descriptor: descriptor)
      #expect(
        try Shell.descriptor(of: sealed, in: folder) == String(contentsOfFile: descriptor, encoding: .utf8))
    }
  }

  @Test func sealingAgainReplacesTheDescriptor() async throws {
    try await Shell.withFolder { folder in
      let library = folder + "/again.so"
      try FileManager.default.copyItem(atPath: add, toPath: library)
      for text in [#"{"first":true}"#, #"{"second":true,"longer":"than the first"}"#, "{}"] {
        try text.write(toFile: folder + "/d.json", atomically: true, encoding: .utf8)
        let outcome = try Shell.run([seal, library, folder + "/d.json"])
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(try Shell.descriptor(of: library, in: folder) == text)
      }
      let sections = try Shell.run(["objdump", "-h", library]).output
      #expect(sections.components(separatedBy: ".jackfield.desc").count == 2)
      #expect(try loadPlugin(library).pointee.function_count == 1)
    }
  }

  @Test func withoutADescriptorAnywhereItSaysSoAndTouchesNothing() async throws {
    try await Shell.withFolder { folder in
      let library = folder + "/bare.so"
      try FileManager.default.copyItem(atPath: add, toPath: library)
      let before = try Data(contentsOf: URL(fileURLWithPath: library))
      let probe = ["JACKFIELD_PROBE": Shell.products + "/jackfield-probe"]
      let outcome = try Shell.run([seal, library], environment: probe)
      #expect(outcome.status == 1 && outcome.output.contains("has no descriptor of its own"))
      #expect(try Data(contentsOf: URL(fileURLWithPath: library)) == before)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["bare.so"])
    }
  }

  @Test(arguments: [
    ("[]", "no JSON object"), ("", "no JSON object"), ("{" + String(repeating: " ", count: 1 << 20), "1 MiB"),
  ])
  func whatIsNoDescriptorIsRefused(text: String, message: String) async throws {
    try await Shell.withFolder { folder in
      try text.write(toFile: folder + "/d.json", atomically: true, encoding: .utf8)
      let outcome = try Shell.run([seal, add, folder + "/d.json", "-o", folder + "/out.so"])
      #expect(outcome.status == 1 && outcome.output.contains(message))
      #expect(!FileManager.default.fileExists(atPath: folder + "/out.so"))
    }
  }

  @Test(arguments: [[], ["-o"], ["a.so", "b.json", "c"], ["--help"]])
  func usageIsAStatusOfItsOwn(arguments: [String]) throws {
    #expect(try Shell.run([seal] + arguments).status == 2)
  }

  @Test func aFileThatIsNoSharedObjectIsRefused() async throws {
    try await Shell.withFolder { folder in
      try "no library".write(toFile: folder + "/x.so", atomically: true, encoding: .utf8)
      try "{}".write(toFile: folder + "/d.json", atomically: true, encoding: .utf8)
      #expect(try Shell.run([seal, folder + "/x.so", folder + "/d.json"]).status != 0)
      #expect(try Shell.run([seal, folder + "/missing.so", folder + "/d.json"]).status == 1)
      #expect(try String(contentsOfFile: folder + "/x.so", encoding: .utf8) == "no library")
    }
  }
}
