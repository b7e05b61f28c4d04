/// How many tokens a text may have, counted here and not by any provider's rules: to plan with, never to bill.
package enum TokenEstimate {
  /// English prose has some four letters a token, digits and signs fewer; other scripts come near one character a token.
  package static func tokens(in utf8: some Sequence<UInt8>) -> Int64 {
    // In one piece of memory: a generic step a byte took as long as all the rest of a model call.
    utf8.withContiguousStorageIfAvailable(count) ?? Array(utf8).withUnsafeBufferPointer(count)
  }

  private static func count(_ utf8: UnsafeBufferPointer<UInt8>) -> Int64 {
    var quarters: Int64 = 0
    for byte in utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x20: quarters += 1
      case 0..<0x80: quarters += 2
      // The first byte of a character; the others count as part of it.
      case 0xc0...: quarters += 4
      default: break
      }
    }
    return (quarters + 3) / 4
  }
}
