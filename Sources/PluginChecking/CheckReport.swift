package import JSONCodec
import PluginFiles
package import ToolContracts

/// What a check has found, and what it was about.
package struct CheckReport: Sendable {
  package let file: String
  /// Nil where the file could not be read so far.
  package private(set) var descriptor: PluginDescriptor?
  package private(set) var digest: String?
  /// The libraries that are loaded with it.
  package internal(set) var needed: [String] = []
  package private(set) var findings: [Finding] = []
  /// How many examples were answered.
  package internal(set) var tried = 0
  /// What instances were opened with.
  package internal(set) var configuration: JSONValue = [:]
  /// Of each function that was called with success, its first example.
  package private(set) var calls: [(function: String, arguments: JSONValue)] = []
  /// Nanoseconds; nil where it was not loaded.
  package private(set) var loadingTime: Int64?
  package private(set) var entryTime: Int64?

  private static let slowestEntry: Int64 = 10_000_000
  private static let slowestLoading: Int64 = 500_000_000

  init(file: String) { self.file = file }

  /// - Parameter isStrict: a warning is one too many.
  package func isGood(isStrict: Bool) -> Bool {
    !findings.contains { $0.severity == .error || isStrict && $0.severity == .warning }
  }

  package func count(of severity: Finding.Severity) -> Int { findings.count { $0.severity == severity } }

  package func json(isStrict: Bool) -> JSONValue {
    var object: JSONObject = [
      "ok": .bool(isGood(isStrict: isStrict)), "findings": .array(findings.map(\.json)),
      "needs": .array(needed.map { .string($0) }), "examples_answered": .int(tried),
    ]
    object["id"] = descriptor.map { .string($0.id) }
    object["version"] = descriptor.map { .string($0.version) }
    object["digest"] = digest.map { .string($0) }
    object["load_us"] = loadingTime.map { .int($0 / 1000) }
    object["entry_us"] = entryTime.map { .int($0 / 1000) }
    return .object(object)
  }

  /// The same thing is told once, however many tests stumble over it.
  package mutating func add(_ finding: Finding) {
    let isKnown = findings.contains {
      $0.rule == finding.rule && ($0.place == finding.place || finding.endsEverything)
    }
    if !isKnown { findings.append(finding) }
  }

  mutating func describe(_ sealed: SealedDescriptor, digest: String) {
    descriptor = sealed.descriptor
    self.digest = digest
  }

  mutating func addCall(of function: SchemaInspection.Function) {
    guard let arguments = function.examples.first,
      !calls.contains(where: { $0.function == function.descriptor.name })
    else { return }
    calls.append((function.descriptor.name, arguments))
  }

  mutating func addTimes(_ measures: [String: Int64]) {
    loadingTime = measures["load_ns"]
    entryTime = measures["entry_ns"]
    if let time = entryTime, time > Self.slowestEntry {
      add(
        Finding(.entrySlow, at: "loading", "its entry function takes \(time / 1_000_000) ms; 10 are allowed"))
    }
    if let time = loadingTime, time > Self.slowestLoading {
      add(Finding(.loadSlow, at: "loading", "it takes \(time / 1_000_000) ms to be loaded"))
    }
  }

  static func isSlow(_ measures: [String: Int64]) -> Bool {
    (measures["entry_ns"] ?? 0) > slowestEntry || (measures["load_ns"] ?? 0) > slowestLoading
  }
}

extension Finding {
  /// Where a process has ended is a matter of chance.
  fileprivate var endsEverything: Bool {
    rule == .loadFailed || rule == .notOpened || rule == .descriptorsClosed
  }

  package var json: JSONValue {
    [
      "code": .string(rule.rawValue), "severity": .string(severity.rawValue), "where": .string(place),
      "message": .string(message), "why": .string(rule.reason), "remedy": .string(rule.remedy),
    ]
  }
}
