/// How a shared object wants to be linked: what the dynamic loader would make of it, without asking the loader.
extension ELFFile {
  /// A part of the file that is mapped into memory, or that says how to map it.
  package struct Segment: Sendable, Equatable {
    package enum Kind: UInt32, Sendable {
      case load = 1
      case dynamic = 2
      case threadLocal = 7
      case stack = 0x6474_e551
    }
    /// Nil for a kind of which nothing is asked.
    package var kind: Kind?
    package var isExecutable: Bool
    package var isWritable: Bool
    package var bytesInFile: Range<Int>?
    package var address: UInt64
  }

  /// What the dynamic section asks of the loader.
  package struct Linking: Sendable, Equatable {
    /// Libraries that are loaded with it, in that order.
    package var needed: [String] = []
    /// Its thread-local variables need room that a process has only so much of once it runs.
    package var usesStaticThreadLocals = false
    /// Its code is written to before it can run.
    package var relocatesText = false
    /// Functions are found when it is loaded, not when they are first called.
    package var bindsNow = false
  }

  package var segments: [Segment] {
    headersOfSegments.map { header in
      let (isExecutable, isWritable): (UInt32, UInt32) = (1, 2)
      let flags = bytes.integer(UInt32.self, at: header + 4)
      return Segment(
        kind: Segment.Kind(rawValue: bytes.integer(UInt32.self, at: header)),
        isExecutable: flags & isExecutable != 0, isWritable: flags & isWritable != 0,
        bytesInFile: bytes.range(
          at: bytes.integer(UInt64.self, at: header + 8), count: bytes.integer(UInt64.self, at: header + 32)),
        address: bytes.integer(UInt64.self, at: header + 16))
    }
  }

  /// What it says of itself in its dynamic section; nothing where it has none, or one that leads out of the file.
  package var linking: Linking {
    let segments = segments
    let entries = dynamicEntries(segments)
    var linking = Linking()
    let names = entries.first { $0.tag == DynamicTag.stringTable }
      .flatMap { place(ofAddress: $0.value, in: segments) }
    for entry in entries {
      switch entry.tag {
      case DynamicTag.needed:
        if let names, let name = text(at: names, offsetBy: entry.value) { linking.needed.append(name) }
      case DynamicTag.textRelocations: linking.relocatesText = true
      case DynamicTag.bindNow: linking.bindsNow = true
      case DynamicTag.flags:
        linking.relocatesText = linking.relocatesText || entry.value & 0x4 != 0
        linking.bindsNow = linking.bindsNow || entry.value & 0x8 != 0
        linking.usesStaticThreadLocals = entry.value & 0x10 != 0
      case DynamicTag.flags1: linking.bindsNow = linking.bindsNow || entry.value & 0x1 != 0
      default: break
      }
    }
    return linking
  }

  private enum DynamicTag {
    static let needed: UInt64 = 1
    static let stringTable: UInt64 = 5
    static let textRelocations: UInt64 = 22
    static let bindNow: UInt64 = 24
    static let flags: UInt64 = 30
    static let flags1: UInt64 = 0x6fff_fffb
  }

  private func dynamicEntries(_ segments: [Segment]) -> [(tag: UInt64, value: UInt64)] {
    guard let section = segments.first(where: { $0.kind == .dynamic })?.bytesInFile else { return [] }
    let size = 16
    var entries: [(tag: UInt64, value: UInt64)] = []
    for start in stride(from: section.lowerBound, to: section.upperBound - size + 1, by: size) {
      let tag = bytes.integer(UInt64.self, at: start)
      guard tag != 0 else { break }
      entries.append((tag, bytes.integer(UInt64.self, at: start + 8)))
    }
    return entries
  }

  /// Where in the file that is which the loader puts at `address`.
  private func place(ofAddress address: UInt64, in segments: [Segment]) -> Int? {
    for segment in segments where segment.kind == .load && address >= segment.address {
      if let range = segment.bytesInFile, address - segment.address < UInt64(range.count) {
        return range.lowerBound + Int(address - segment.address)
      }
    }
    return nil
  }

  /// What stands from there to the next NUL; nil where none comes within a reasonable name.
  func text(at start: Int, offsetBy offset: UInt64) -> String? {
    let longest = 4096
    guard offset < UInt64(bytes.count - start) else { return nil }
    let rest = bytes[(start + Int(offset))...].prefix(longest)
    guard let end = rest.firstIndex(of: 0) else { return nil }
    return String(decoding: rest[..<end], as: UTF8.self)
  }
}
