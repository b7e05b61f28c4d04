internal import Glibc

extension Calculation {
  /// A value for people: whole numbers in full as far as they are exact, others with 15 significant digits, which is
  /// what survives a calculation (0.1 + 0.2 is "0.3").
  package static func text(of value: Double) -> String {
    if let whole = Int64(exactly: value), whole.magnitude <= 1 << 53 { return String(whole) }
    return withVaList([value]) { arguments in
      withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { buffer in
        // 15 digits, a sign, a point and an exponent are at most 22 characters.
        guard let start = buffer.baseAddress, vsnprintf(start, buffer.count, "%.15g", arguments) > 0 else {
          return "\(value)"
        }
        return String(cString: start)
      }
    }
  }
}
