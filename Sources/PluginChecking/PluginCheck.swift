import CPluginLoading
package import JSONCodec
import JSONSchema
import PluginFiles
package import ToolContracts

/// Finds all that is wrong with a plugin: what its file shows, what loading it shows, and what only trying shows. None of
/// its code runs in this process.
package struct PluginCheck: Sendable {
  private let checker: String
  private let load: @Sendable (_ path: String) -> PluginFailure?
  private let time: any TimeSource
  /// Nanoseconds after which no other test is begun.
  private static let patience: Int64 = 90_000_000_000

  /// - Parameters:
  ///   - checker: path of the program jackfield-check.
  ///   - load: why a host would not load a plugin, found where that harms nobody.
  package init(
    checker: String, load: @escaping @Sendable (_ path: String) -> PluginFailure?,
    time: any TimeSource = SystemTime()
  ) {
    self.checker = checker
    self.load = load
    self.time = time
  }

  /// Blocks for as long as it takes, at most two minutes.
  ///
  /// - Parameter configuration: what instances are opened with; nil: the first example of the plugin's configSchema, else an
  ///   empty object.
  package func report(on path: String, configuration: JSONValue? = nil) -> CheckReport {
    var report = CheckReport(file: path)
    do throws(PluginFailure) {
      try inspect(&report, configuration)
    } catch {
      report.add(Finding(error, at: "file"))
    }
    return report
  }

  private func inspect(_ report: inout CheckReport, _ configuration: JSONValue?) throws(PluginFailure) {
    let file = try PluginFile(reading: report.file)
    let inspection = FileInspection(try ELFFile(file.bytes))
    report.needed = inspection.needed
    inspection.findings.forEach { report.add($0) }
    let sealed = try SealedDescriptor(of: file)
    report.describe(sealed, digest: file.digest)
    let schemas = SchemaInspection(sealed)
    schemas.findings.forEach { report.add($0) }
    try checkConfiguration(configuration, sealed)
    let subject = Trial.Subject(
      checker: checker, file: Self.absolute(report.file),
      configuration: configuration ?? sealed.defaultConfiguration, functions: schemas.functions,
      environment: Self.environment)
    report.configuration = subject.configuration
    guard loads(subject, &report) else { return }
    tryOut(subject, isConfigured: configuration != nil || sealed.descriptor.configSchema == nil, &report)
  }

  private func checkConfiguration(_ given: JSONValue?, _ sealed: SealedDescriptor) throws(PluginFailure) {
    guard let given, let schema = sealed.descriptor.configSchema, let compiled = try? CompiledSchema(schema),
      let error = compiled.complaint(about: given)
    else { return }
    throw PluginFailure(.configurationInvalid, "is not tried, because its configuration is wrong: \(error)")
  }

  /// What a host does first. A plugin that a host refuses is tried no further, except for why.
  private func loads(_ subject: Trial.Subject, _ report: inout CheckReport) -> Bool {
    guard let refusal = load(report.file) else { return true }
    report.add(Finding(refusal, at: "loading"))
    guard refusal.code == .loadFailed else { return false }
    for finding in Trial(.loading, of: subject).findings where finding.rule != .notChecked {
      report.add(finding)
    }
    return false
  }

  private func tryOut(_ given: Trial.Subject, isConfigured: Bool, _ report: inout CheckReport) {
    var subject = given
    let end = time.now().advanced(by: Self.patience)
    for name in Trial.Name.allCases {
      guard time.now() < end else {
        report.add(Finding(.partlyTried, at: name.rawValue, "this test and those after it were left out"))
        return
      }
      var trial = name == .loading ? quickestLoading(of: subject) : Trial(name, of: subject)
      take(trial, isConfigured: isConfigured, subject, &report)
      // One that takes the process with it is named once, and does not hide what the others do.
      while subject.leaveOut(lostIn: trial) != nil, name == .examples, !trial.report.isWhole,
        time.now() < end
      {
        trial = Trial(name, of: subject)
        take(trial, isConfigured: isConfigured, subject, &report)
      }
      if name == .loading { report.addTimes(trial.report.measures) }
      if trial.findings.contains(where: { $0.rule == .notOpened || $0.rule == .notChecked }) { return }
      if name == .loading && !trial.report.isWhole || trial.isEndedByInstance { return }
    }
  }

  private func take(
    _ trial: Trial, isConfigured: Bool, _ subject: Trial.Subject, _ report: inout CheckReport
  ) {
    for var finding in trial.findings {
      // Whose configuration could not be guessed is not to blame.
      if finding.rule == .notOpened, !isConfigured { finding.severity = .note }
      report.add(finding)
    }
    judge(trial.report.answers, by: subject.functions, &report)
  }

  /// A machine that was busy just then makes any plugin slow once.
  private func quickestLoading(of subject: Trial.Subject) -> Trial {
    var quickest = Trial(.loading, of: subject)
    for _ in 0..<3 where CheckReport.isSlow(quickest.report.measures) {
      quickest = Trial(.loading, of: subject)
    }
    return quickest
  }

  private func judge(
    _ answers: [(function: UInt32, json: ArraySlice<UInt8>)], by functions: [SchemaInspection.Function],
    _ report: inout CheckReport
  ) {
    for answer in answers {
      guard let function = functions.first(where: { $0.index == answer.function }) else { continue }
      report.tried += 1
      if let finding = ResultInspection.finding(in: Array(answer.json), of: function) {
        report.add(finding)
      } else {
        report.addCall(of: function)
      }
    }
  }

  // MARK: What a trial gets

  private static func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "./\(path)" }

  /// A Swift plugin finds its runtime where this program has found its own, and does not answer a crash with a debugger.
  private static let environment: [String] = {
    let folder = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { folder in
      plugin_library_folder("swift_retain", folder.baseAddress, folder.count)
        ? String(cString: folder.baseAddress!) : nil
    }
    return ["SWIFT_BACKTRACE=enable=no", "LANG=C.UTF-8"] + (folder.map { ["LD_LIBRARY_PATH=\($0)"] } ?? [])
  }()
}

extension SealedDescriptor {
  fileprivate var defaultConfiguration: JSONValue {
    descriptor.configSchema?["examples"]?[0] ?? [:]
  }
}

extension Finding {
  /// What a host says when it refuses a plugin.
  init(_ failure: PluginFailure, at place: String) {
    let sentence = failure.message.hasSuffix(".") ? String(failure.message.dropLast()) : failure.message
    self.init(Rule(rawValue: failure.code.rawValue) ?? .notChecked, at: place, sentence)
  }
}
