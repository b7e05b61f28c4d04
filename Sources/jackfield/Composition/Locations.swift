import Glibc

/// Where this program finds and keeps things.
struct Locations: Sendable {
  let executableDirectory: String
  let configuration: String
  let state: String

  /// Options go before environment variables, and those before defaults.
  init(_ arguments: ParsedArguments) throws(CommandFailure) {
    executableDirectory = Locations.directoryOfThisExecutable()
    configuration = arguments[.config] ?? Locations.variable("JACKFIELD_CONFIG") ?? "jackfield.yaml"
    guard let state = arguments[.state] ?? Locations.variable("JACKFIELD_STATE") ?? Locations.defaultState()
    else {
      throw CommandFailure(
        "state_unknown",
        "there is neither --state, JACKFIELD_STATE, XDG_STATE_HOME nor HOME to keep the journal in",
        .usage)
    }
    self.state = Locations.absolute(state)
  }

  var probe: String { "\(executableDirectory)/jackfield-probe" }
  var checker: String { "\(executableDirectory)/jackfield-check" }
  var worker: String { "\(executableDirectory)/jackfield-worker" }
  var serverGuard: String { "\(executableDirectory)/jackfield-guard" }
  var journal: String { "\(state)/journal.sqlite" }
  /// What plugins keep.
  var values: String { "\(state)/values.sqlite" }
  /// What tenants' model calls have used of their budgets.
  var budgets: String { "\(state)/budgets.sqlite" }
  /// What models answered, to be given again.
  var answers: String { "\(state)/answers.sqlite" }
  /// A locked file for each host, and a name of it for each run that it goes on with.
  var leases: String { "\(state)/leases" }
  /// Verdicts on plugin files, by their digests.
  var verdicts: String { "\(state)/verdicts" }

  /// What people approved of MCP servers, by tenant.
  var pins: String { "\(state)/mcp-pins" }

  private static func defaultState() -> String? {
    if let base = variable("XDG_STATE_HOME") { return "\(base)/jackfield" }
    return variable("HOME").map { "\($0)/.local/state/jackfield" }
  }

  private static func variable(_ name: String) -> String? {
    guard let value = getenv(name), value[0] != 0 else { return nil }
    return String(cString: value)
  }

  private static func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/"), let current = getcwd(nil, 0) else { return path }
    defer { free(current) }
    return "\(String(cString: current))/\(path)"
  }

  private static func directoryOfThisExecutable() -> String {
    guard let path = realpath("/proc/self/exe", nil) else { return "." }
    defer { free(path) }
    let text = String(cString: path)
    return String(text[..<(text.lastIndex(of: "/") ?? text.endIndex)])
  }
}
