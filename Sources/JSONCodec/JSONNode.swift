@frozen
public enum JSONKind: UInt8, Sendable, CaseIterable {
  case null, bool, number, string, array, object
}

/// Public, like ``JSONTape`` and ``JSONKeyHash``, for one reason: a release build inlines across modules what is public,
/// and calls what is `package`. Validation reads little else.
///
/// One entry of the tape a text is parsed into, in document order: a container is followed by its contents, a key by
/// its value. 16 bytes, so that four share a cache line.
@frozen
public struct JSONNode: Sendable, BitwiseCopyable {
  /// Kind in bits 0–2, facts in bits 3–7, number of members or elements in bits 8–31 (containers only).
  @usableFromInline var word: UInt32
  /// Byte offset of the value; for a string and a key, of the first byte after the quote.
  public var start: UInt32
  /// In bytes; for a string and a key, without the quotes.
  public var length: UInt32
  /// Containers: index of the first node after the contents (while open, of the enclosing container).
  /// Keys: hash of the name. Small integers: the value. Otherwise unused.
  @usableFromInline var extra: UInt32

  @usableFromInline static let kindMask: UInt32 = 7
  /// String or key: has a backslash escape, so its text is not its value.
  static let escaped: UInt32 = 1 << 3
  /// String or key: has bytes above 0x7F, so bytes are not characters.
  static let nonASCII: UInt32 = 1 << 4
  /// Number: written without fraction and exponent.
  static let integer: UInt32 = 1 << 5
  /// Number: `extra` holds it. Bool: it is true. Object: a key occurs twice.
  static let mark: UInt32 = 1 << 6
  static let oneMember: UInt32 = 1 << 8
  static let memberBits: UInt32 = ~0xFF

  @inlinable @inline(__always)
  init(word: UInt32, start: UInt32, length: UInt32, extra: UInt32) {
    self.word = word
    self.start = start
    self.length = length
    self.extra = extra
  }

  @inlinable @inline(__always)
  public var kind: JSONKind {
    unsafeBitCast(UInt8(truncatingIfNeeded: word & Self.kindMask), to: JSONKind.self)
  }
  @inlinable @inline(__always)
  public var isContainer: Bool { word & Self.kindMask >= 4 }
  @inlinable @inline(__always)
  public var hasEscapes: Bool { word & (1 << 3) != 0 }
  @inlinable @inline(__always)
  public var isASCII: Bool { word & (1 << 4) == 0 }
  @inlinable @inline(__always)
  public var isTrue: Bool { word & (1 << 6) != 0 }
  @inlinable @inline(__always)
  public var hasDuplicateKeys: Bool { word & (1 << 6) != 0 }
  /// A number written without fraction and exponent.
  @inlinable @inline(__always)
  public var isIntegerText: Bool { word & (1 << 5) != 0 }
  /// The value of an integer of at most nine digits.
  @inlinable @inline(__always)
  public var smallInteger: Int64? { word & (1 << 6) != 0 ? Int64(Int32(bitPattern: extra)) : nil }
  /// See ``JSONKeyHash``; keys only.
  @inlinable @inline(__always)
  public var keyHash: UInt32 { extra }
  /// Members of an object or elements of an array; `nil` where there are more than 24 bits can count.
  @inlinable @inline(__always)
  public var knownCount: Int? {
    let count = word >> 8
    return count == 0xFF_FFFF ? nil : Int(count)
  }
  /// Index of the node after this value, when this one is at `index`.
  @inlinable @inline(__always)
  public func next(after index: Int) -> Int { isContainer ? Int(extra) : index &+ 1 }
}
