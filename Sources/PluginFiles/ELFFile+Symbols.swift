/// What a shared object lends to whatever else is loaded.
extension ELFFile {
  /// The first thousand names that it exports, in the order of its table; functions and data alike.
  ///
  /// Read by the section headers, which the loader does not look at: a file that lies there deceives its author.
  package var exportedSymbols: [String] {
    let dynamicSymbols: UInt32 = 11
    guard
      let header = headersOfSections.first(where: { bytes.integer(UInt32.self, at: $0 + 4) == dynamicSymbols }
      ),
      let table = contents(ofSection: header),
      let names = headersOfSections.dropFirst(Int(bytes.integer(UInt32.self, at: header + 40))).first
        .flatMap({ contents(ofSection: $0) })
    else { return [] }
    let (size, most) = (24, 1000)
    let exported = stride(from: table.lowerBound, to: table.upperBound - size + 1, by: size).lazy
      .filter { isExported($0) }.prefix(most)
    return exported.compactMap { symbol in
      text(at: names.lowerBound, offsetBy: UInt64(bytes.integer(UInt32.self, at: symbol)))
    }
  }

  private func isExported(_ symbol: Int) -> Bool {
    let (undefined, hidden, inside): (UInt16, UInt8, UInt8) = (0, 2, 1)
    let (global, weak, unique): (UInt8, UInt8, UInt8) = (1, 2, 10)
    let visibility = bytes[symbol + 5] & 3
    return [global, weak, unique].contains(bytes[symbol + 4] >> 4)
      && bytes.integer(UInt16.self, at: symbol + 6) != undefined
      && visibility != hidden && visibility != inside
  }
}
