import JSONCodec

enum StringLength {
  /// In Unicode code points, as RFC 8259 counts characters.
  static func of(_ index: Int, in tape: JSONTape) -> Int {
    let node = tape.nodes[index]
    if node.isASCII && !node.hasEscapes { return Int(node.length) }
    return tape.withUnescaped(at: index) { text in
      text.reduce(0) { $0 + ($1 & 0xC0 != 0x80 ? 1 : 0) }
    }
  }
}
