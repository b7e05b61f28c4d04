import JSONCodec
import PluginFiles
import ToolContracts

/// Lets an unknown plugin run where it harms nobody, before it runs here.
struct PluginProbe: Sendable {
  let program: String
  let cache: VerdictCache?
  /// Nanoseconds that a plugin may take to load.
  let patience: Int64
  let log: PluginLog

  /// Returns once it is known that the plugin loads, and that its code says what its file says.
  func examine(
    _ file: PluginFile, image: borrowing PluginImage, descriptor: SealedDescriptor
  ) throws(PluginFailure) {
    // A report that does not fit the descriptor is not this plugin's, whatever its name says.
    if let kept = cache?.report(for: file.digest),
      case .table(let table)? = ProbeReport(parsing: kept)?.verdict,
      table.contradiction(to: descriptor) == nil
    {
      return
    }
    let process = try ProbeProcess(program: program, image: image, patience: patience)
    let table = try table(from: process)
    if let contradiction = table.contradiction(to: descriptor) {
      throw PluginFailure(.descriptorMismatch, "contradicts its descriptor: \(contradiction); seal it again.")
    }
    if let problem = cache?.keep(process.report, for: file.digest) {
      log(
        PluginLogLine(
          level: .warning, plugin: descriptor.descriptor.id, tenant: nil,
          message: "the probe's verdict cannot be kept, so the next start probes again: \(problem)",
          fields: [:],
          dropped: 0))
    }
  }

  private func table(from process: ProbeProcess) throws(PluginFailure) -> PluginTable {
    let report = ProbeReport(parsing: process.report)
    let stage = (report?.stage ?? .start).description
    switch (process.ending, report?.verdict) {
    case (.exited(0), .table(let table)?):
      return table
    case (.exited(1), .refused(let code, let reason)?):
      throw PluginFailure(code, "cannot be used: \(explanation(ofLoader: reason)).")
    case (.outOfTime, _):
      throw PluginFailure(
        .crashed, "did not come back \(stage) within \(patience / 1_000_000) ms and was killed.")
    case (.killed(let signal), _):
      throw PluginFailure(.crashed, "crashed \(stage) with \(nameOfSignal(signal)).")
    case (.exited(let status), .none?) where report?.stage != .start:
      throw PluginFailure(.crashed, "ended the process \(stage) with status \(status).")
    case (.exited(let status), _):
      throw PluginFailure(
        .loadFailed, "cannot be judged: the probe answered nonsense and ended with status \(status).")
    }
  }
}

extension ProbeReport.Stage: CustomStringConvertible {
  var description: String {
    switch self {
    case .start: "before it was loaded"
    case .load: "while it was loaded (in a constructor or a library that it needs)"
    case .entry: "in its entry function"
    case .table: "while its function table was read"
    }
  }
}
