/// Hash of object keys, computed once while parsing: duplicate detection and property look-ups share it.
/// Seeded once a process, so that nobody outside can choose keys that collide.
public enum JSONKeyHash {
  public static let seed: UInt64 = .random(in: .min ... .max)

  public static func of(_ key: String) -> UInt32 {
    var key = key
    return key.withUTF8 { of($0.baseAddress, count: $0.count, seed: seed) }
  }

  @inlinable @inline(__always)
  public static func of(_ start: UnsafePointer<UInt8>?, count: Int, seed: UInt64) -> UInt32 {
    var hash = seed ^ UInt64(truncatingIfNeeded: count)
    guard let start, count > 0 else { return fold(hash) }
    let raw = UnsafeRawPointer(start)
    if count >= 8 {
      var offset = 0
      while offset &+ 8 <= count {
        hash = mixed(hash ^ raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        offset &+= 8
      }
      if offset < count {
        hash = mixed(hash ^ raw.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self))
      }
    } else if count >= 4 {
      let head = UInt64(raw.loadUnaligned(as: UInt32.self))
      let tail = UInt64(raw.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self))
      hash = mixed(hash ^ (head << 32 | tail))
    } else {
      let word = UInt64(start[0]) << 16 | UInt64(start[count >> 1]) << 8 | UInt64(start[count &- 1])
      hash = mixed(hash ^ word)
    }
    return fold(hash)
  }

  @inlinable @inline(__always)
  static func mixed(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return product.high ^ product.low
  }

  @inlinable @inline(__always)
  static func fold(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash ^ hash >> 32) }
}
