package import JSONCodec

/// One thing that is wrong in a manifest, for whoever wrote it.
package struct ManifestError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Stable across releases. A value that was removed is never used again.
  package enum Code: String, Sendable, CaseIterable {
    case fileMissing = "file_missing"
    case fileUnreadable = "file_unreadable"
    case tooLarge = "too_large"
    case syntax = "syntax_error"
    case unsupportedYAML = "unsupported_yaml"
    case duplicateKey = "duplicate_key"
    case unsupportedVersion = "unsupported_version"
    case wrongKind = "wrong_kind"
    case unknownKey = "unknown_key"
    case missingKey = "missing_key"
    case schemaViolation = "schema_violation"
    case conflictingKeys = "conflicting_keys"
    case unknownVariable = "unknown_variable"
    case duplicateName = "duplicate_name"
    case nameClash = "name_clash"
    case unknownPlugin = "unknown_plugin"
    case unknownTenant = "unknown_tenant"
    case unknownFlow = "unknown_flow"
    case unknownPrompt = "unknown_prompt"
    case unknownAgent = "unknown_agent"
    case unknownProvider = "unknown_provider"
    case unknownTool = "unknown_tool"
    case unknownSecret = "unknown_secret"
    case unknownGuardrail = "unknown_guardrail"
    case notEnabled = "not_enabled"
    case configurationInvalid = "configuration_invalid"
    case unreachableAgent = "unreachable_agent"
    case handoffCycle = "handoff_cycle"
    case secretMissing = "secret_missing"
    case secretUnreadable = "secret_unreadable"
    case secretExposed = "secret_exposed"
    case certificateInvalid = "certificate_invalid"
    case unapprovedEffect = "unapproved_effect"
    case untoldConfidence = "untold_confidence"
    case unknownStage = "unknown_stage"
    case stageCycle = "stage_cycle"
    case unreachableStage = "unreachable_stage"
    case unpricedModel = "unpriced_model"
    case unknownPrice = "unknown_price"
  }

  package var code: Code
  package var location: SourceLocation
  /// What is wrong, what was expected and, where one comes near, what may have been meant; one line.
  package var message: String

  package init(_ code: Code, at location: SourceLocation, _ message: String) {
    self.code = code
    self.location = location
    self.message = message
  }

  /// Worth a look, and no error.
  package var isWarning: Bool { code == .unknownPrice }

  package var file: String { location.file }
  package var line: Int { location.line }
  package var column: Int { location.column }
  package var pointer: JSONPointer { location.pointer }

  /// `flows/helpdesk.yaml:12:7: unknown key 'toolz', did you mean 'tools'? (/agents/triage/toolz) [unknown_key]`
  package var description: String {
    let place = line > 0 ? "\(file):\(line):\(column)" : file
    let pointer = pointer.tokens.isEmpty ? "" : " (\(pointer))"
    return "\(place): \(message)\(pointer) [\(code.rawValue)]"
  }
}

/// Everything that is wrong in the manifests that were read: by file, then by line.
package struct ManifestErrors: Error, Sendable, CustomStringConvertible {
  /// At least one.
  package let errors: [ManifestError]

  package init(_ errors: [ManifestError]) { self.errors = sorted(errors) }

  package var description: String { errors.map(\.description).joined(separator: "\n") }
}

/// Files in the order in which they are first named, each one's errors by place, none twice.
package func sorted(_ errors: [ManifestError]) -> [ManifestError] {
  var ranks: [String: Int] = [:]
  for error in errors where ranks[error.file] == nil { ranks[error.file] = ranks.count }
  var seen: Set<ManifestError> = []
  return errors.filter { seen.insert($0).inserted }.enumerated().sorted { left, right in
    let (a, b) = (left.element, right.element)
    return (ranks[a.file] ?? 0, a.line, a.column, left.offset) < (
      ranks[b.file] ?? 0, b.line, b.column, right.offset
    )
  }.map(\.element)
}
