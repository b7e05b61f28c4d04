/// Names one run: a flow from question to answer, or one call made outside of a flow. Sorts by the time it was made.
package struct RunID: Hashable, Sendable, Comparable, CustomStringConvertible {
  // Two halves: a `UInt128` wants 16-byte alignment, which not every frame of an async function has.
  private let high: UInt64
  private let low: UInt64

  /// Milliseconds since 1970 in the upper 48 bits, randomness in the lower 80.
  package var value: UInt128 { UInt128(high) << 64 | UInt128(low) }

  private init(value: UInt128) {
    high = UInt64(truncatingIfNeeded: value >> 64)
    low = UInt64(truncatingIfNeeded: value)
  }

  package init(milliseconds: Int64, randomness: UInt128) {
    self.init(value: (UInt128(truncatingIfNeeded: milliseconds) << 80) | (randomness & ((1 << 80) - 1)))
  }

  /// 26 characters of Crockford's base 32, in lower case: what ULIDs look like.
  package var description: String {
    String(unsafeUninitializedCapacity: 26) { buffer in
      var rest = value
      for index in stride(from: 25, through: 0, by: -1) {
        buffer[index] = RunID.digits[Int(truncatingIfNeeded: rest & 31)]
        rest >>= 5
      }
      return 26
    }
  }

  package init?(_ text: String) {
    guard text.utf8.count == 26 else { return nil }
    var value: UInt128 = 0
    for byte in text.utf8 {
      let digit = RunID.values[Int(byte)]
      guard digit < 32 else { return nil }
      value = (value << 5) | UInt128(digit)
    }
    guard text.utf8.first! <= UInt8(ascii: "7") else { return nil }  // 26 digits hold 130 bits
    self.init(value: value)
  }

  package static func < (left: RunID, right: RunID) -> Bool { left.value < right.value }

  private static let digits = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
  /// Of each byte as a digit; 32 where it is none.
  private static let values: [UInt8] = (0...255).map { byte in
    digits.firstIndex(of: byte).map { UInt8($0) } ?? 32
  }
}

/// One step of a run: a model call, a tool call. Its text is the idempotency key: the same for every attempt of this
/// step, different for every other.
package struct CallID: Hashable, Sendable, CustomStringConvertible {
  package let run: RunID
  package let step: UInt32
  /// Of a call that a step's function has made: its number among those, from 1, and so on inwards. Else empty.
  package let branch: [UInt32]

  package init(run: RunID, step: UInt32, branch: [UInt32] = []) {
    self.run = run
    self.step = step
    self.branch = branch
  }

  /// The `number`th call that the function of this one makes.
  package func child(_ number: UInt32) -> CallID { CallID(run: run, step: step, branch: branch + [number]) }

  package var description: String { "\(run)/\(path)" }

  /// Where in its run it stands: `7`, or `7.1` for the first call that step 7 has made.
  package var path: String { branch.reduce("\(step)") { "\($0).\($1)" } }
}
