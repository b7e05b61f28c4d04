package import ToolContracts

/// A shared object, read from bytes that nobody vouches for: no offset, size or count in it is used before it has been
/// compared with the file's length. Knows as much of ELF as it takes to find a section and to say how it is linked.
package struct ELFFile: Sendable {
  let bytes: [UInt8]
  private let segmentTable: Range<Int>
  private let sections: SectionTable

  private struct SectionTable {
    var offset: Int
    var count: Int
    /// Where the sections' names are.
    var names: Range<Int>
  }

  private static let headerSize = 64
  private static let sectionHeaderSize = 64
  static let segmentHeaderSize = 56
  #if arch(x86_64)
    private static let machine: UInt16 = 62
  #elseif arch(arm64)
    private static let machine: UInt16 = 183
  #endif

  package init(_ bytes: [UInt8]) throws(PluginFailure) {
    self.bytes = bytes
    try Self.checkHeader(bytes)
    segmentTable = try Self.findSegments(bytes)
    sections = try Self.findSections(bytes)
  }

  /// Where the program headers begin, and so the section headers.
  var headersOfSegments: [Int] {
    Array(stride(from: segmentTable.lowerBound, to: segmentTable.upperBound, by: Self.segmentHeaderSize))
  }
  var headersOfSections: [Int] {
    (0..<sections.count).map { sections.offset + $0 * Self.sectionHeaderSize }
  }

  /// Nil where they are not in the file.
  func contents(ofSection header: Int) -> Range<Int>? {
    let noBits: UInt32 = 8
    guard bytes.integer(UInt32.self, at: header + 4) != noBits else { return nil }
    return bytes.range(
      at: bytes.integer(UInt64.self, at: header + 24), count: bytes.integer(UInt64.self, at: header + 32))
  }

  /// The contents of the one section called `name`; nil where there is none.
  package func section(named name: String) throws(PluginFailure) -> ArraySlice<UInt8>? {
    var found: Int?
    let wanted = Array(name.utf8) + [0]
    for index in 0..<sections.count {
      let header = sections.offset + index * Self.sectionHeaderSize
      let start = sections.names.lowerBound + Int(bytes.integer(UInt32.self, at: header))
      guard start <= sections.names.upperBound - wanted.count,
        bytes[start..<start + wanted.count].elementsEqual(wanted)
      else { continue }
      guard found == nil else { throw Self.malformed("it has more than one section \(name)") }
      found = header
    }
    guard let found else { return nil }
    let (noBits, compressed): (UInt32, UInt64) = (8, 0x800)
    guard bytes.integer(UInt32.self, at: found + 4) != noBits,
      bytes.integer(UInt64.self, at: found + 8) & compressed == 0
    else { throw Self.malformed("its section \(name) has no plain contents") }
    return bytes[try Self.contents(ofSection: found, in: bytes)]
  }

  private static func checkHeader(_ bytes: [UInt8]) throws(PluginFailure) {
    guard bytes.starts(with: [0x7f, UInt8(ascii: "E"), UInt8(ascii: "L"), UInt8(ascii: "F")]) else {
      throw PluginFailure(.notAPlugin, "is not an ELF file; a plugin is a shared object for Linux.")
    }
    guard bytes.count >= headerSize else { throw truncated("ELF header") }
    let (class64, littleEndian): (UInt8, UInt8) = (2, 1)
    guard bytes[4] == class64, bytes[5] == littleEndian else {
      throw PluginFailure(
        .wrongArchitecture, "is not for a 64-bit little-endian machine; build it for this one.")
    }
    let machine = bytes.integer(UInt16.self, at: 18)
    guard machine == Self.machine else {
      throw PluginFailure(
        .wrongArchitecture,
        "is built for ELF machine \(machine), and this host runs on \(Self.machine); build it for this one.")
    }
    let sharedObject: UInt16 = 3
    guard bytes.integer(UInt16.self, at: 16) == sharedObject else {
      throw PluginFailure(.notAPlugin, "is an ELF file but not a shared object; link it with -shared.")
    }
  }

  /// The loader would map what is missing at the end, and the first touch would be a bus error.
  private static func findSegments(_ bytes: [UInt8]) throws(PluginFailure) -> Range<Int> {
    let count = Int(bytes.integer(UInt16.self, at: 56))
    guard count > 0 else { throw malformed("it has no program headers") }
    guard bytes.integer(UInt16.self, at: 54) == segmentHeaderSize else {
      throw malformed("its program headers have an unknown size")
    }
    let start = bytes.integer(UInt64.self, at: 32)
    guard let table = bytes.range(at: start, count: UInt64(count * segmentHeaderSize)) else {
      throw truncated("program headers")
    }
    for header in stride(from: table.lowerBound, to: table.upperBound, by: segmentHeaderSize) {
      let loadable: UInt32 = 1
      guard bytes.integer(UInt32.self, at: header) == loadable else { continue }
      let offset = bytes.integer(UInt64.self, at: header + 8)
      let size = bytes.integer(UInt64.self, at: header + 32)
      guard bytes.range(at: offset, count: size) != nil else { throw truncated("a loadable segment") }
    }
    return table
  }

  private static func findSections(_ bytes: [UInt8]) throws(PluginFailure) -> SectionTable {
    let start = bytes.integer(UInt64.self, at: 40)
    guard start != 0 else {
      throw PluginFailure(
        .notAPlugin,
        "has no section headers, so no descriptor can be found; do not strip them, and seal it again.")
    }
    guard bytes.integer(UInt16.self, at: 58) == sectionHeaderSize else {
      throw malformed("its section headers have an unknown size")
    }
    guard let first = bytes.range(at: start, count: UInt64(sectionHeaderSize))?.lowerBound else {
      throw truncated("section headers")
    }
    // Where the 16 bits of the header are too few, the first section header has the numbers.
    var count = UInt64(bytes.integer(UInt16.self, at: 60))
    if count == 0 { count = bytes.integer(UInt64.self, at: first + 32) }
    var nameSection = UInt64(bytes.integer(UInt16.self, at: 62))
    if nameSection == 0xffff { nameSection = UInt64(bytes.integer(UInt32.self, at: first + 40)) }
    guard count <= UInt64((bytes.count - first) / sectionHeaderSize) else {
      throw truncated("section headers")
    }
    guard nameSection < count else { throw malformed("its sections have no names") }
    let names = try contents(ofSection: first + Int(nameSection) * sectionHeaderSize, in: bytes)
    return SectionTable(offset: first, count: Int(count), names: names)
  }

  private static func contents(ofSection header: Int, in bytes: [UInt8]) throws(PluginFailure) -> Range<Int> {
    let offset = bytes.integer(UInt64.self, at: header + 24)
    let size = bytes.integer(UInt64.self, at: header + 32)
    guard let range = bytes.range(at: offset, count: size) else { throw truncated("a section") }
    return range
  }

  static func truncated(_ part: String) -> PluginFailure {
    PluginFailure(.truncated, "ends before its \(part) does; copy or build it again.")
  }

  static func malformed(_ reason: String) -> PluginFailure {
    PluginFailure(.notAPlugin, "is a malformed ELF file: \(reason); build it again.")
  }
}

extension [UInt8] {
  /// A little-endian integer anywhere; traps outside of the bytes, like the subscript.
  func integer<Value: FixedWidthInteger>(_: Value.Type, at offset: Int) -> Value {
    withUnsafeBytes { bytes in
      precondition(offset >= 0 && offset <= bytes.count - MemoryLayout<Value>.size)
      return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
  }

  /// Nil unless all of it lies within the bytes.
  func range(at offset: UInt64, count: UInt64) -> Range<Int>? {
    let length = UInt64(self.count)
    guard count <= length, offset <= length - count else { return nil }
    return Int(offset)..<Int(offset + count)
  }
}
