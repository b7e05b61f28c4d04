import Foundation
import Testing

/// Programs that a plugin's author runs.
enum Shell {
  struct Outcome {
    let status: Int32
    /// What it said, on either stream.
    let output: String
  }

  static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
    .deletingLastPathComponent().path
  static let header = repository + "/PluginAPI/include"

  /// Where the package manager puts what it builds: next to the program that runs the tests.
  static let products = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().path

  @discardableResult
  static func run(
    _ arguments: [String], in folder: String = repository, environment: [String: String] = [:]
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Outcome(status: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
  }

  /// Those of the programs that are installed.
  static func installed(_ programs: String...) -> [String] {
    programs.filter { (try? run(["which", $0]))?.status == 0 }
  }

  /// Runs `body` with a folder of its own, and removes that.
  static func withFolder<R>(_ body: (String) async throws -> R) async throws -> R {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "jackfield-\(UUID().uuidString)"
    ).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
  }

  /// Seals what the package manager has built under a plugin's id.
  /// - Returns: The path of the sealed file.
  static func seal(_ id: String, in folder: String, descriptor: String? = nil) throws -> String {
    let sealed = folder + "/\(id).so"
    let arguments =
      [repository + "/PluginAPI/seal", products + "/lib\(id).so"] + (descriptor.map { [$0] } ?? [])
    let outcome = try run(arguments + ["-o", sealed])
    try #require(outcome.status == 0, "\(outcome.output)")
    return sealed
  }

  /// The bytes of the section that a host reads.
  static func descriptor(of library: String, in folder: String) throws -> String {
    let dump = folder + "/section"
    try #require(
      run([
        "objcopy", "-O", "binary", "--only-section", ".jackfield.desc",
        "--set-section-flags", ".jackfield.desc=alloc", library, dump,
      ]).status == 0)
    return try String(contentsOfFile: dump, encoding: .utf8)
  }

  static func exportedSymbols(of library: String) throws -> [String] {
    try run(["nm", "-D", "--defined-only", "--format=posix", library]).output.split(separator: "\n").map {
      String($0.prefix { $0 != " " })
    }
  }
}
