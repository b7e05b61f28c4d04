/// Why an expression has no value. Columns count Unicode scalars from 1.
package enum CalculationError: Error, Equatable {
  case syntax(column: Int, found: String, expected: String)
  case unknownName(String, column: Int)
  case wrongArgumentCount(of: String, usage: String, given: Int, column: Int)
  case divisionByZero(column: Int)
  /// The result is beyond the range of a double precision number.
  case overflow(column: Int)
  /// The operation has no real result for these operands.
  case domain(String, column: Int)
  case tooLong(limit: Int)
  case tooDeep(limit: Int, column: Int)

  /// For whoever wrote the expression.
  package var message: String {
    switch self {
    case .syntax(let column, let found, let expected):
      "syntax error at column \(column): expected \(expected), found \(found)"
    case .unknownName(let name, let column): "unknown name \"\(name)\" at column \(column)"
    case .wrongArgumentCount(let name, let usage, let given, let column):
      "wrong number of arguments for \(name) at column \(column): expected \(usage), found \(given)"
    case .divisionByZero(let column): "division by zero at column \(column)"
    case .overflow(let column): "the result at column \(column) is too large"
    case .domain(let reason, let column): "no real result at column \(column): \(reason)"
    case .tooLong(let limit): "the expression is longer than \(limit) characters"
    case .tooDeep(let limit, let column): "nested deeper than \(limit) at column \(column)"
    }
  }
}
