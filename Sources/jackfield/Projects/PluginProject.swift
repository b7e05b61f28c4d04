import ChildProcesses
import Glibc

/// A folder that a plugin is developed in: `build.sh` makes `build/<name>.so`, `jackfield.yaml` is a host for it alone.
struct PluginProject: Sendable {
  let folder: String

  init(_ path: String) throws(CommandFailure) {
    folder = path
    guard access("\(folder)/build.sh", X_OK) == 0 else {
      throw CommandFailure(
        "project_not_found", "\(path) has no build.sh: jackfield plugin new makes a project that has",
        .notFound)
    }
  }

  var manifest: String { "\(folder)/jackfield.yaml" }
  var state: String { "\(folder)/build/state" }

  /// Compiles and seals the plugin; what the compiler says goes to standard error. Blocks until that is done.
  ///
  /// - Returns: the plugin's file.
  func build(with sdk: PluginSDK) throws(CommandFailure) -> String {
    let ending: ChildProgram.Ending
    do throws(ChildProgram.Failure) {
      ending = try ChildProgram("env", sdk.variables + ["./build.sh"], folder: folder).run()
    } catch {
      throw CommandFailure("build_failed", "\(error.program) does not start: \(error.reason)", .failed)
    }
    guard ending == .exited(0) else {
      throw CommandFailure("build_failed", "\(folder)/build.sh has not built the plugin", .failed)
    }
    return try file()
  }

  private func file() throws(CommandFailure) -> String {
    let name = Files.resolved(folder)?.split(separator: "/").last.map(String.init) ?? folder
    let built = try PluginFolder.files(in: "\(folder)/build") ?? []
    if built.count == 1 { return built[0] }
    guard let own = built.first(where: { $0.hasSuffix("/\(name).so") }) else {
      throw CommandFailure(
        "build_failed", "which is the plugin: \(built.joined(separator: ", "))? Name it build/\(name).so",
        .failed)
    }
    return own
  }

  /// Another one after each change of a file that the plugin may be made of.
  var stamp: [String] { Self.stamp(of: folder, depth: 0) }

  private static func stamp(of folder: String, depth: Int) -> [String] {
    let deepest = 4
    return (Files.entries(of: folder) ?? []).sorted().flatMap { name -> [String] in
      let path = "\(folder)/\(name)"
      guard !name.hasPrefix("."), !(depth == 0 && name == "build") else { return [] }
      if depth < deepest, Files.isFolder(path) { return stamp(of: path, depth: depth + 1) }
      var status = stat()
      guard stat(path, &status) == 0 else { return [] }
      return ["\(path) \(status.st_size) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec)"]
    }
  }
}
