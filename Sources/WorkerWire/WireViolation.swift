/// What a worker sent that breaks a rule of `worker_wire.h`. Nobody sends such a thing by accident: the worker's own code
/// keeps the rules, so whatever runs in it has taken it over.
package struct WireViolation: Error, Sendable, Equatable {
  package let reason: String
  package init(_ reason: String) { self.reason = reason }
}
