package import JSONCodec

/// What is wrong at one place of an instance, put so that whoever wrote it, a model included, can mend it.
package struct ValidationError: Error, Sendable, Equatable {
  /// Where in the instance.
  package let instance: JSONPointer
  /// The keyword in the schema, into the document it is in.
  package let schema: JSONPointer
  package let keyword: String
  /// One sentence: where, what was wrong, what is allowed, and the nearest allowed key or value.
  /// Never the value of a field that the schema marks `writeOnly` or `sensitive`.
  package let message: String
  /// What is allowed, for instance `an integer`.
  package let expected: String
  /// A key or value that is allowed and probably meant.
  package let suggestion: String?
}

extension CompiledSchema {
  /// - Returns: none when the instance is valid; otherwise at least one and at most `maxErrors`, most useful first.
  package func validate(_ instance: JSONView, maxErrors: Int = 5) -> [ValidationError] {
    guard !isValid(instance) else { return [] }
    return instance.document.withTape { tape in
      let findings = Examination.findings(plan, tape, at: instance.index)
      let chosen = FindingSelection.mostUseful(findings, atMost: max(maxErrors, 1))
      let wording = ErrorWording(
        owner: plan, tape: tape, root: instance.index,
        sensitive: SensitiveValues(plan, tape, root: instance.index))
      return chosen.map { wording.error(for: $0) }
    }
  }
}
