import JSONCodec
import PluginABI
import PluginFiles

/// What the file itself shows of how it will be loaded: none of its code runs.
struct FileInspection {
  let findings: [Finding]
  /// The libraries that are loaded with it.
  let needed: [String]

  init(_ file: ELFFile) {
    let linking = file.linking
    needed = linking.needed
    findings =
      Self.symbols(file.exportedSymbols) + Self.memory(file.segments) + Self.loading(linking)
  }

  /// That the entry is missing is found when it is loaded.
  private static func symbols(_ exported: [String]) -> [Finding] {
    let others = exported.filter { $0 != JF_ENTRY_SYMBOL }
    guard let first = others.first else { return [] }
    let shown = others.prefix(5).joined(separator: ", ") + (others.count > 5 ? ", …" : "")
    return [
      Finding(
        .symbolsExported, at: "symbol \(first)",
        "it exports \(others.count) symbol\(others.count == 1 ? "" : "s") beside \(JF_ENTRY_SYMBOL): \(shown)"
      )
    ]
  }

  private static func memory(_ segments: [ELFFile.Segment]) -> [Finding] {
    var findings: [Finding] = []
    if segments.contains(where: { $0.kind == .load && $0.isWritable && $0.isExecutable }) {
      findings.append(Finding(.writableCode, at: "program headers", "a segment can be written to and run"))
    }
    // Where nothing is said, the loader takes it that the stack must be executable.
    if let stack = segments.first(where: { $0.kind == .stack }) {
      if stack.isExecutable {
        findings.append(Finding(.executableStack, at: "PT_GNU_STACK", "it asks for a stack that can be run"))
      }
    } else {
      findings.append(
        Finding(.executableStack, at: "PT_GNU_STACK", "it does not say that its stack need not be run"))
    }
    return findings
  }

  private static func loading(_ linking: ELFFile.Linking) -> [Finding] {
    var findings: [Finding] = []
    if linking.relocatesText {
      findings.append(Finding(.textRelocation, at: "DT_TEXTREL", "its code is relocated when it is loaded"))
    }
    if linking.usesStaticThreadLocals {
      findings.append(
        Finding(.staticTls, at: "DF_STATIC_TLS", "it has thread-local variables of the initial-exec model"))
    }
    if !linking.bindsNow {
      findings.append(Finding(.lazyBinding, at: "DT_FLAGS", "it is linked for binding on the first call"))
    }
    return findings
  }
}
