import Glibc
import JSONCodec
import ToolContracts
import WorkerPlugins

/// What this system has of what a host needs, found out by trying.
struct Diagnosis {
  enum Verdict: String {
    case ok
    /// Something does without it.
    case limited
    /// Something does not work without it.
    case missing
  }
  struct Check {
    let name: String
    let verdict: Verdict
    /// What was found; where it is missing, also the remedy.
    let message: String

    var json: JSONValue {
      ["name": .string(name), "verdict": .string(verdict.rawValue), "message": .string(message)]
    }
  }

  let checks: [Check]

  init(_ locations: Locations) {
    checks =
      Self.programs(of: locations) + Self.sandbox(of: locations) + [Self.state(of: locations)]
  }

  // MARK: Files

  private static func programs(of locations: Locations) -> [Check] {
    let purposes = [
      (locations.worker, "plugins run in it"),
      (locations.probe, "plugins for the host's own process are tried in it"),
      (locations.serverGuard, "MCP servers run below it"),
      (locations.checker, "plugin check tries plugins in it"),
    ]
    return purposes.map { path, purpose in
      let name = String(path.split(separator: "/").last ?? "")
      guard access(path, X_OK) == 0 else {
        return Check(
          name: name, verdict: .missing,
          message:
            "\(path) cannot be run: \(String(cString: strerror(errno))); \(purpose): install it beside jackfield"
        )
      }
      return Check(name: name, verdict: .ok, message: purpose)
    }
  }

  /// The nearest folder on the way to it that there is must let the rest be made.
  private static func state(of locations: Locations) -> Check {
    var folder = locations.state
    while access(folder, F_OK) != 0, let slash = folder.lastIndex(of: "/"), slash != folder.startIndex {
      folder = String(folder[..<slash])
    }
    guard access(folder, W_OK | X_OK) == 0 else {
      return Check(
        name: "state", verdict: .missing,
        message: "\(folder) cannot be written to: let this user, or give --state")
    }
    return Check(name: "state", verdict: .ok, message: "the journal is kept in \(locations.state)")
  }

  // MARK: The sandbox

  private static func sandbox(of locations: Locations) -> [Check] {
    guard let sandbox = Sandbox(program: locations.worker) else {
      return [
        Check(name: "sandbox", verdict: .missing, message: "the system has no thread or descriptor left")
      ]
    }
    defer { sandbox.stop() }
    switch sandbox.examine() {
    case .failure(let failure):
      return [Check(name: "sandbox", verdict: .missing, message: "plugins \(failure.message)")]
    case .success(let report): return layers(report) + levels(sandbox)
    }
  }

  private static func layers(_ report: Sandbox.Report) -> [Check] {
    Layers.names.map { layer, name in
      if report.layers.contains(layer) { return Check(name: "layer \(name)", verdict: .ok, message: "works") }
      let prefix = "\(name): "
      let problem = report.problems.first { $0.hasPrefix(prefix) }?.dropFirst(prefix.count)
      let isNeeded = Layers.standard.contains(layer)
      return Check(
        name: "layer \(name)", verdict: isNeeded ? .missing : .limited,
        message: String(problem ?? "does not work"))
    }
  }

  /// All of a level's layers at once: each may work alone and not beside another.
  private static func levels(_ sandbox: Sandbox) -> [Check] {
    [(Confinement.Level.strict, Verdict.limited), (.standard, .missing)].map { level, otherwise in
      do throws(PluginFailure) {
        try sandbox.attempt(level)
        return Check(name: "level \(level.rawValue)", verdict: .ok, message: "plugins can be confined so")
      } catch {
        return Check(
          name: "level \(level.rawValue)", verdict: otherwise, message: "a plugin \(error.message)")
      }
    }
  }
}
