import Glibc

/// What plugins are built with: the folder PluginAPI, and what was compiled of it together with this program.
struct PluginSDK: Sendable {
  let folder: String
  private let executableDirectory: String
  private let probe: String

  /// Found by `JACKFIELD_SDK`; else in the folders that this program lies in, as `PluginAPI` (the repository has it there)
  /// or `share/jackfield/PluginAPI` (an installation).
  init(_ locations: Locations) throws(CommandFailure) {
    executableDirectory = locations.executableDirectory
    probe = locations.probe
    if let named = getenv("JACKFIELD_SDK").map({ String(cString: $0) }), !named.isEmpty {
      guard let folder = Self.whole(named) else {
        throw CommandFailure("sdk_not_found", "JACKFIELD_SDK=\(named) is no folder PluginAPI", .usage)
      }
      self.folder = folder
      return
    }
    guard let folder = Self.search(above: executableDirectory) else {
      throw CommandFailure(
        "sdk_not_found",
        "there is no folder PluginAPI above \(executableDirectory): set JACKFIELD_SDK to where it is", .failed
      )
    }
    self.folder = folder
  }

  /// What a project's `build.sh` is told.
  var variables: [String] {
    ["JACKFIELD_SDK=\(folder)", "JACKFIELD_SWIFT_SDK=\(executableDirectory)/sdk", "JACKFIELD_PROBE=\(probe)"]
  }

  private static func search(above start: String) -> String? {
    let deepest = 4
    var folder = start
    for _ in 0...deepest {
      if let found = whole("\(folder)/PluginAPI") ?? whole("\(folder)/share/jackfield/PluginAPI") {
        return found
      }
      guard let slash = folder.lastIndex(of: "/"), slash > folder.startIndex else { return nil }
      folder = String(folder[..<slash])
    }
    return nil
  }

  private static func whole(_ path: String) -> String? {
    guard access("\(path)/include/jackfield/plugin.h", R_OK) == 0, access("\(path)/seal", X_OK) == 0 else {
      return nil
    }
    return Files.resolved(path)
  }
}
