import ChildProcesses
import JSONCodec
import PluginFiles
import ToolContracts

/// One test of jackfield-check on one plugin, in a process of its own.
struct Trial {
  enum Name: String, CaseIterable {
    case loading, opening, examples, repetition, functions, garbage, cancellation, threads
  }
  /// What is tried, and with what.
  struct Subject {
    var checker: String
    /// An absolute path.
    var file: String
    var configuration: JSONValue
    var functions: [SchemaInspection.Function]
    /// `NAME=VALUE`.
    var environment: [String]

    /// The functions that a trial has shown never to come back are called no more.
    ///
    /// - Returns: the first of them; nil where there is none.
    mutating func leaveOut(lostIn trial: Trial) -> String? {
      let lost = functions.indices.filter { index in
        !functions[index].isLost && trial.isLost(functions[index].descriptor.name)
      }
      for index in lost { functions[index].isLost = true }
      return lost.first.map { functions[$0].descriptor.name }
    }
  }

  let report: TrialReport
  /// Those of the report, and how the process ended.
  let findings: [Finding]

  /// Longer than the program itself would take with a plugin that never comes back.
  private static let patience: Int64 = 25_000_000_000
  private static let largestReport = 96 << 20
  /// Of all functions together; more would not tell more.
  private static let mostExamples = 32

  init(_ name: Name, of subject: Subject) {
    do throws(ChildProgram.Failure) {
      let (output, ending) = try ChildProgram(
        subject.checker,
        [name.rawValue, subject.file, subject.configuration.text] + Self.examples(of: subject),
        environment: subject.environment
      ).collect(limit: Self.largestReport, patience: Self.patience)
      report = TrialReport(parsing: output)
      findings = report.findings + Self.findings(of: ending, report, name)
    } catch {
      report = TrialReport(parsing: [])
      findings = [Finding(.notChecked, at: name.rawValue, "\(error.program) does not start: \(error.reason)")]
    }
  }

  /// Whether no instance can be had any more.
  var isEndedByInstance: Bool { !report.isWhole && ["open()", "close()"].contains(report.place) }

  private func isLost(_ function: String) -> Bool {
    !report.isWhole && report.place.hasPrefix("\(function) with")
      || findings.contains { $0.rule == .neverComplete && $0.place == function }
  }

  private static func examples(of subject: Subject) -> [String] {
    let longest = 100_000  // What a program may be given as one argument is limited.
    let lost = subject.functions.filter(\.isLost).map { ["\($0.index)", "never", "{}"] }
    let all = subject.functions.filter { $0.descriptor.effect == .none && !$0.isLost }.flatMap { function in
      function.examples.map { ["\(function.index)", function.mustSucceed ? "must" : "may", $0.text] }
    }
    return (lost + all.filter { $0[2].utf8.count <= longest }.prefix(mostExamples)).flatMap { $0 }
  }

  private static func findings(of ending: ChildProgram.Ending, _ report: TrialReport, _ name: Name)
    -> [Finding]
  {
    let (reportGone, alarm): (Int32, Int32) = (113, 14)
    let place = "\(name.rawValue): \(report.place)"
    switch ending {
    case .exited(0) where report.isWhole && !report.isNonsense: return []
    case .exited(0) where report.isNonsense:
      return [Finding(.notChecked, at: place, "jackfield-check reports what makes no sense")]
    case .exited(reportGone):
      return [Finding(.descriptorsClosed, at: place, "it closes descriptors that are not its own")]
    case .exited(let status):
      return [Finding(.pluginExited, at: place, "it ended the process with status \(status)")]
    case .killed(alarm), .outOfTime:
      return [Finding(.pluginHung, at: place, "it did not come back")]
    case .killed(let signal):
      return [Finding(.pluginCrashed, at: place, "it crashed with \(nameOfSignal(signal))")]
    }
  }
}
