/// Something that a check has found: which rule, where, and what it saw.
package struct Finding: Sendable, Equatable {
  package enum Severity: String, Sendable {
    /// A host refuses it, or is harmed by it.
    case error
    /// It will be a nuisance.
    case warning
    /// For the author to know; nothing is wrong.
    case note
  }

  package var rule: Rule
  package var severity: Severity
  /// A place in the file, the descriptor or the plugin's life: `/functions/0/inputSchema`, `open`, a function's name.
  package var place: String
  /// What was seen, in a sentence without a full stop.
  package var message: String

  package init(_ rule: Rule, _ severity: Severity? = nil, at place: String, _ message: String) {
    self.rule = rule
    self.severity = severity ?? rule.severity
    self.place = place
    self.message = message
  }
}
